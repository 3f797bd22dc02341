import { boolKey, intKey, optionalTextKey } from '../key.ts';

/** Keys found in files written for 3.x and early 4.x; Apache's later versions skip them without a word. */
export const legacyKeys = {
  mapedFileSizeConsumeQueue: intKey(
    6_000_000,
    'Old spelling of mappedFileSizeConsumeQueue, not honoured: many files hold 300000 and mean entries where Apache reads bytes.',
    { unit: 'bytes' },
  ),
  checkTransactionMessageEnable: boolKey(true, 'Transactions are always checked.'),
  storePathConsumeQueue: optionalTextKey('Always <storePathRootDir>/consumequeue.'),
  storePathIndex: optionalTextKey('Always <storePathRootDir>/index.'),
  storeCheckpoint: optionalTextKey('Always <storePathRootDir>/checkpoint.'),
  abortFile: optionalTextKey('Always <storePathRootDir>/abort.'),
} as const;
