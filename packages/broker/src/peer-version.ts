/** Versions of peers at which something changes, as requests carry them. Source: MQVersion.java. */
export const PeerVersion = {
  /** V3_0_7_SNAPSHOT: clients take new offsets and tell theirs. */
  takesOffsets: 28,
  /** V3_1_8_SNAPSHOT: clients describe themselves and consume what they are handed. */
  takesDirectCalls: 62,
  /** V5_0_0: readers know of attributes, mappings and state versions. */
  v5: 413,
} as const;
