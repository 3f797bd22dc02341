/** Apache's names of what a read found. Source: GetMessageStatus.java. */
export type ReadStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE';

export interface ReadResult {
  readonly status: ReadStatus;
  /** Where the next read is to begin, in messages. */
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly messageCount: number;
  /** So far behind the log's end that a slave had better serve the reader. */
  readonly isFarBehind: boolean;
}

export interface ReadLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Every message when absent. */
  readonly filter?: MessageFilter | undefined;
}

/** Decides which messages a reader gets. */
export interface MessageFilter {
  /** Asked for each entry, before the record is read. */
  matchesTagsCode(tagsCode: number): boolean;
  /** Asked for each record that passed; the record is `buffer[start, end)`. */
  matchesRecord?(buffer: Buffer, start: number, end: number): boolean;
}
