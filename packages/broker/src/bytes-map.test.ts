import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BytesMap } from './bytes-map.ts';

describe('a map by bytes', () => {
  it('answers as a map by strings does', () => {
    const names = fc.string({ maxLength: 3 });
    const operations = fc.array(fc.tuple(fc.boolean(), names, fc.nat()));
    fc.assert(
      fc.property(operations, names, (steps, probe) => {
        const map = new BytesMap<number>();
        const model = new Map<string, number>();
        for (const [isSet, name, value] of steps) {
          if (isSet) {
            map.set(name, value);
            model.set(name, value);
          } else {
            map.delete(name);
            model.delete(name);
          }
        }
        for (const name of [...model.keys(), probe]) {
          const padded = Buffer.from(`#${name}#`);
          expect(map.get(padded, 1, padded.length - 1)).toBe(model.get(name));
        }
      }),
    );
  });
});
