import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { errorCode } from '@orbitmq/kernel';
import { compressionOf } from '@orbitmq/protocol';
import fc from 'fast-check';
import { GOLDEN, TEXTS } from '../test/compressed-bodies.ts';
import { type Compression, compress, compressionFlag, decompress } from './compression.ts';

/** Found by the test for broken bodies. */
const NEVER_ENDING: readonly string[] = [
  '28b52ffd60421c1d0b00365b3814a0278503062d1249aabacf764544a48cf0aa8e0336002f00310033332222222222ffffffbf6ddbb6ddb66ddb92244992dbb66d9b24499214111111112377390501a0301050403818200c0403818201411a34333333332322222222f2ffffffdbb66ddb6ddbb62d499224b96ddbb64992244911111111237739c530c4cccc4cc366666666664444444444feffff7fdbb66dbb6ddbb625499224b76ddb36499224292222222262d0a04183060d1a34680833333333332222222222ffffffbf6ddbb6ddb66ddb92244992dbb66d9b2449921411111111316cd8b061c3860d1b362ca0904421ecb5df01d1a76a35112804230423487e0ce3a5ae75b5adad6d6d2d17fd473f7c9ffc898c5569294b55692a4b5333fa473f943ff913294b53559aca52569a52ff057f05b038800259dd64870d66b8610d1b6eb0c32636dcb0860d37d8233785ed5ffbd2fed9a7ec13fbc3bed1ebbb9296655916cbb2582b4b005505',
  '28b52ffd60421c1d0b00365b3814f0278503062d1249aabacf764544a48cf0aa8e0336002f00310033332222222222ffffffbf6ddbb6ddb66ddb92244992dbb66d9b24499214111111112377390501a0301050403818200c0403818201411a34333333332322222222f244ffffdbb66ddb6ddbb62d499224b96ddbb64992244911111111237739c530c4cccc4cc366666666664444444444feffff7fdbb66dbb6ddbb625499224b76ddb36499224292222222262d0a04183060d1a34680833333333332222222222ffffff426ddbb6ddb66ddb92244992dbb66d9b2449921411111111316cd8b061c3860d1b362c8190a821ecb5df01d1a76a35112804230423487e0ce3a5ae75b5adad6d6d2d17fd473fc49ffc898c5569294b55692a4b5333fa473f943ff913294b53559aca52569a52ff057f05b038800259dd64870d66b8610d1b6eb0c32636dcb0860d37d8233785ed5ffbd2fed9a7ec13fbc3bed1ebbb9296655916cbb2582b4b005505',
];
const COMPRESSIONS: readonly Compression[] = ['zlib', 'lz4', 'zstd'];

describe('a body', () => {
  it.each(GOLDEN)(
    'that the official client compressed (%s, %s) is read',
    async (name, how, base64) => {
      const body = await decompress(Buffer.from(base64, 'base64'), compressionFlag(how));
      expect(body.toString()).toBe(TEXTS[name]);
    },
  );

  it.each(COMPRESSIONS)('comes back from %s as it went in', async (how) => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc
        .array(fc.constantFrom('a', 'bb', 'order ', 'paid; ', '\u0000'), { maxLength: 400 })
        .map((parts) => Buffer.from(parts.join(''))),
      fc.nat(70_000).map((length) => Buffer.alloc(length, 'xy')),
    );
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const body = Buffer.from(bytes);
        const compressed = await compress(body, how);
        expect((await decompress(compressed, compressionFlag(how))).equals(body)).toBe(true);
      }),
    );
  });

  it('larger than a block of LZ4 comes back as it went in', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, 'a block has four mebibytes; ');
    const noise = randomBytes(5_000_000);
    for (const large of [body, noise]) {
      const compressed = await compress(large, 'lz4');
      expect((await decompress(compressed, compressionFlag('lz4'))).equals(large)).toBe(true);
    }
  });

  it.each(COMPRESSIONS)('that is a bomb of %s is refused, and costs little', async (how) => {
    const bomb = await compress(Buffer.alloc(40 * 1024 * 1024), how);
    expect(bomb.length).toBeLessThan(200_000);
    const flag = compressionFlag(how);
    await expect(decompress(bomb, flag, 1_000_000)).rejects.toMatchObject({
      code: 'MESSAGE_UNREADABLE',
    });
    expect(await decompress(bomb, flag)).toHaveLength(40 * 1024 * 1024);
  });

  it('of Zstandard may not ask for a window beyond the bound, in no frame of it', async () => {
    const small = await compress(Buffer.from('small small small'), 'zstd');
    const hungry = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x98, 0x01, 0x00, 0x00]);
    for (const bytes of [hungry, Buffer.concat([small, hungry])]) {
      const error: unknown = await decompress(bytes, compressionFlag('zstd')).catch(
        (e: unknown) => e,
      );
      expect(error).toMatchObject({ cause: { code: 'BODY_TOO_LARGE' } });
    }
    const both = await decompress(Buffer.concat([small, small]), compressionFlag('zstd'));
    expect(both.toString()).toBe('small small smallsmall small small');
  });

  it.each(NEVER_ENDING)(
    'of Zstandard that made another decoder run for ever is refused',
    async (hex) => {
      const bytes = Buffer.from(hex, 'hex');
      await expect(decompress(bytes, compressionFlag('zstd'))).rejects.toMatchObject({
        code: 'MESSAGE_UNREADABLE',
      });
    },
  );

  it.each(COMPRESSIONS)(
    'that is broken or cut short makes %s throw nothing but its own error',
    async (how) => {
      const whole = await compress(Buffer.from(TEXTS.text), how);
      const damage = fc.record({
        cut: fc.nat(whole.length - 1),
        flips: fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
          maxLength: 3,
        }),
      });
      await fc.assert(
        fc.asyncProperty(damage, fc.boolean(), async ({ cut, flips }, isCut) => {
          const bytes = Buffer.from(isCut ? whole.subarray(0, cut) : whole);
          for (const [at, bits] of flips)
            if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ bits;
          const flag = compressionFlag(how);
          const outcome: unknown = await decompress(bytes, flag, 100_000).catch(
            (error: unknown) => error,
          );
          // Not every damage can be noticed: the record has a checksum for that.
          expect(Buffer.isBuffer(outcome) || errorCode(outcome) === 'MESSAGE_UNREADABLE').toBe(
            true,
          );
        }),
        { numRuns: 300 },
      );
      // What is cut short is never taken for whole, unless nothing of it is there.
      for (let length = 1; length < whole.length - 8; length += 7) {
        await expect(
          decompress(whole.subarray(0, length), compressionFlag(how)),
        ).rejects.toMatchObject({ code: 'MESSAGE_UNREADABLE' });
      }
    },
  );
});

describe('the flag of a body', () => {
  it('is the one of the official client', () => {
    expect(COMPRESSIONS.map(compressionFlag)).toEqual([0x301, 0x101, 0x201]);
    expect(COMPRESSIONS.map((how) => compressionOf(compressionFlag(how)))).toEqual(COMPRESSIONS);
    expect(compressionOf(0x1)).toBe('zlib');
    expect(compressionOf(0)).toBeUndefined();
  });
});
