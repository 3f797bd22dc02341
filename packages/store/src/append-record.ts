const NO_BYTES = Buffer.alloc(0);

/**
 * What a message's record is made of, besides what the store itself decides. One object is reused for
 * message after message; the store copies from its buffers during the call and keeps none.
 */
export class AppendRecord {
  flag = 0;
  /** The bits for IPv6 hosts are set by the store from the hosts' lengths. */
  sysFlag = 0;
  /** Milliseconds since the epoch. */
  bornTimestampMs = 0;
  /** As protocol's `encodeHost` gives it, 8 or 20 bytes. */
  bornHost: Buffer = NO_BYTES;
  reconsumeTimes = 0;
  preparedTransactionOffset = 0;
  body: Buffer = NO_BYTES;
  bodyStart = 0;
  bodyEnd = 0;
  properties: Buffer = NO_BYTES;
  propertiesStart = 0;
  propertiesEnd = 0;
  /** What the queue's entry carries: Java's hash of the tag, or when a delayed message is due. */
  tagsCode = 0;

  copy(): AppendRecord {
    return Object.assign(new AppendRecord(), this);
  }
}

/** What became of an append. */
export const AppendStatus = {
  ok: 0,
  /** The store takes no messages: it is closed, a disk failed or is full. */
  unavailable: 1,
  /** Body, topic or properties are longer than allowed. */
  illegal: 2,
  /** More waits to be written than memory is meant to hold. */
  busy: 3,
} as const;
export type AppendStatus = (typeof AppendStatus)[keyof typeof AppendStatus];

/** Where the last message that was appended went; overwritten by the next append. */
export class Appended {
  /** Of the first message of a batch. */
  queueOffset = 0;
  /** Of the first message of a batch. */
  physicalOffset = 0;
  /** Behind the record, or the last one of a batch. */
  endOffset = 0;
  /** Bytes the record takes, or all of a batch. */
  sizeBytes = 0;
  storeTimestampMs = 0;
  /** When it was appended, on the monotonic clock; one reading for all of a turn of the loop. */
  appendedAtMs = 0;
}
