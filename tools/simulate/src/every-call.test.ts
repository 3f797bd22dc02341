import { describe, expect, it } from '@jest/globals';
import { tellWithFailure } from './every-call.ts';
import { MANY_FILES } from './plan.ts';

const TIMEOUT_MS = 240_000;
const CASES = [
  { code: 'EIO', isSyncFlush: true, maxOpenFiles: MANY_FILES },
  { code: 'ENOSPC', isSyncFlush: true, maxOpenFiles: MANY_FILES },
  { code: 'EIO', isSyncFlush: false, maxOpenFiles: 1 },
] as const;

describe('a store of which one disk call fails', () => {
  it.each(CASES)(
    'keeps what it promised, whichever call it is: $code, SYNC_FLUSH $isSyncFlush, open files at most $maxOpenFiles',
    async (how) => {
      let call = 0;
      for (let hasFailed = true; hasFailed; ) {
        call++;
        hasFailed = await tellWithFailure({ ...how, call }, () => undefined).catch(
          (cause: unknown) => {
            throw new Error(`with call ${call} failing`, { cause });
          },
        );
      }
      // Opening alone takes dozens.
      expect(call).toBeGreaterThan(600);
    },
    TIMEOUT_MS,
  );
});
