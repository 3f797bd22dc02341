/** Counted since the store was opened. */
export interface StoreCounters {
  putMessages: number;
  putBytes: number;
  failedPuts: number;
  foundReads: number;
  missedReads: number;
  transferredMessages: number;
  /** Reads that met a record or an entry which is not what was written. */
  damagedReads: number;
  /** Whether opening found a torn or damaged record at the log's end and cut it off: 0 or 1. */
  cutTails: number;
}

export function newCounters(): StoreCounters {
  return {
    putMessages: 0,
    putBytes: 0,
    failedPuts: 0,
    foundReads: 0,
    missedReads: 0,
    transferredMessages: 0,
    damagedReads: 0,
    cutTails: 0,
  };
}
