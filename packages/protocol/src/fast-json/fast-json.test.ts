import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import fc from 'fast-check';
import {
  JavaDouble,
  JsonSet,
  type JsonValue,
  MAX_JSON_DEPTH,
  MapEntries,
  mapEntriesOf,
  parseFastJson,
  printFastJson,
} from './index.ts';

const MESSAGE_QUEUE = { brokerName: 'b', queueId: 0, topic: 't' };

/** The least time that it takes to read so many strings, in milliseconds. */
function leastMs(strings: number): number {
  const texts = Array.from({ length: strings }, (_, at) => `string ${at} without any escape`);
  const json = JSON.stringify(texts);
  const times = Array.from({ length: 4 }, () => {
    const startMs = performance.now();
    parseFastJson(json);
    return performance.now() - startMs;
  });
  return Math.min(...times);
}

describe('parseFastJson', () => {
  it('reads every standard JSON text as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(asDoubles(asPlain(parseFastJson(text)))).toEqual(
          asDoubles(asPlain(JSON.parse(text))),
        );
      }),
    );
  });

  it('throws nothing but its own error, whatever the text is', () => {
    fc.assert(
      fc.property(fc.array(fragments(), { maxLength: 40 }), (pieces) => {
        expect(malformedOrValue(pieces.join(''))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('throws nothing but its own error, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(malformedOrValue(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it('reads a text of many strings in time that grows with its length', () => {
    // Sixteen times as long; when each string was looked through to the text's end it took 256 times as long.
    expect(leastMs(160_000)).toBeLessThan(leastMs(10_000) * 100);
  });

  it('gives maps with bare keys as entries', () => {
    expect(parseFastJson('{0:"a",1:"b"}')).toEqual(
      new MapEntries([
        [0, 'a'],
        [1, 'b'],
      ]),
    );
    expect(
      parseFastJson('{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:12}}'),
    ).toEqual({
      offsetTable: new MapEntries([[MESSAGE_QUEUE, 12]]),
    });
    expect(parseFastJson('{true:1,null:2,"x":3}')).toEqual(
      new MapEntries([
        [true, 1],
        [null, 2],
        ['x', 3],
      ]),
    );
  });

  it('takes what fastjson takes besides standard JSON', () => {
    const text = "\ufeff/* a */{name:'it''s',}";
    expect(() => parseFastJson(text)).toThrow(RocketMqError);
    expect(parseFastJson("\ufeff/* a */{name:'it\\'s',,other:[1,,2,],// b\n}")).toEqual({
      name: "it's",
      other: [1, 2],
    });
    expect(parseFastJson('[NaN,undefined,1L,.5,+3,1.,"\\x41\\u0042\\v"]')).toEqual([
      null,
      null,
      1,
      0.5,
      3,
      1,
      'AB\v',
    ]);
  });

  it('keeps every digit of integers beyond 2^53', () => {
    expect(parseFastJson('9007199254740991')).toBe(9007199254740991);
    expect(parseFastJson('9223372036854775807')).toBe(9223372036854775807n);
    expect(parseFastJson('-1700000000000000001')).toBe(-1700000000000000001n);
  });

  it('resolves references to what was written before', () => {
    const text =
      '{"a":[{"x":1}],"b":{"$ref":"$.a[0]"},"c.d":{"y":{"$ref":"$.b"}},"e":{"$ref":"$.c\\\\.d.y.x"}}';
    expect(parseFastJson(text)).toEqual({
      a: [{ x: 1 }],
      b: { x: 1 },
      'c.d': { y: { x: 1 } },
      e: 1,
    });
  });

  it('resolves references that stand as keys, the n-th to the n-th', () => {
    const text =
      '{"t":{"c1":{{"queueId":0}:4,{"queueId":1}:5},"c2":{{"$ref":"$.t.c1.null"}:6,{"$ref":"$.t.c1.null"}:7}}}';
    const table = mapEntriesOf(parseFastJson(text))?.[0]?.[1];
    expect(mapEntriesOf(table)?.[1]?.[1]).toEqual(
      new MapEntries([
        [{ queueId: 0 }, 6],
        [{ queueId: 1 }, 7],
      ]),
    );
  });

  it('reads references to an enclosing value, or to nothing, as null', () => {
    const text = '{"a":{"$ref":"$"},"b":[{"$ref":".."}],"c":{"$ref":"@"},"d":{"$ref":"$.z[1]"}}';
    expect(parseFastJson(text)).toEqual({ a: null, b: [null], c: null, d: null });
  });

  it('refuses references that multiply', () => {
    const layers = ['"l0":[0,0,0,0,0,0,0,0,0,0]'];
    for (let layer = 1; layer < 9; layer++) {
      const reference = `{"$ref":"$.l${layer - 1}"}`;
      layers.push(`"l${layer}":[${Array.from({ length: 10 }, () => reference).join(',')}]`);
    }
    expect(() => parseFastJson(`{${layers.join(',')}}`)).toThrow(/references to more than/);
  });

  it('refuses deeper nesting than its bound and takes the deepest allowed', () => {
    expect(parseFastJson(nested(MAX_JSON_DEPTH))).toBeDefined();
    expect(() => parseFastJson(nested(MAX_JSON_DEPTH + 1))).toThrow(/nested deeper/);
  });

  it('does not mistake keys for members of Object.prototype', () => {
    const parsed = parseFastJson('{"__proto__":{"x":1},"constructor":2}') as Record<
      string,
      unknown
    >;
    expect(Object.keys(parsed)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect((parseFastJson('{}') as Record<string, unknown>)['toString']).toBeUndefined();
  });

  it('says where it stopped', () => {
    expect(() => parseFastJson('{"a":tru}')).toThrow(/at 5: expected a value, found "tru}"/);
    expect(() => parseFastJson('[1')).toThrow(/expected ',' or ']', found the end of the text/);
  });
});

describe('printFastJson', () => {
  it('prints what its parser reads back as the same', () => {
    fc.assert(
      fc.property(jsonValues(), (value) => {
        expect(asPlain(parseFastJson(printFastJson(value)))).toEqual(asPlain(value));
        expect(asPlain(parseFastJson(printFastJson(value, { pretty: true })))).toEqual(
          asPlain(value),
        );
      }),
    );
  });

  it('spells keys, doubles and text as fastjson', () => {
    const value = {
      table: new MapEntries([
        [MESSAGE_QUEUE, new JavaDouble(0)],
        [1, new JavaDouble(1e20)],
      ]),
      text: 'ü\u0001/\n\u2028',
      omitted: undefined,
      nothing: new JavaDouble(Number.NaN),
      max: 2 ** 63,
    };
    expect(printFastJson(value)).toBe(
      '{"table":{{"brokerName":"b","queueId":0,"topic":"t"}:0.0,1:1.0E20},"text":"ü\\u0001/\\n\\u2028","nothing":null,"max":9223372036854775807}',
    );
  });

  it('spells the strict dialect as fastjson with browser-compatible features', () => {
    const value = {
      b: new MapEntries([
        [10, 'ü/'],
        [9, 9007199254740993n],
      ]),
      a: 1,
    };
    expect(printFastJson(value, { strict: true })).toBe(
      '{"a":1,"b":{"9":"9007199254740993","10":"\\u00FC\\/"}}',
    );
    const queues = new MapEntries([[MESSAGE_QUEUE, 1]]);
    expect(JSON.parse(printFastJson(queues, { strict: true }))).toEqual({
      '{"brokerName":"b","queueId":0,"topic":"t"}': 1,
    });
  });

  it('spells doubles as Java', () => {
    const spelled = [0, -0, 1, 1.5, 0.233, 1e7, 1e-3, 1e-4, 123456789, 1.7976931348623157e308];
    expect(spelled.map((value) => printFastJson(new JavaDouble(value)))).toEqual([
      '0.0',
      '-0.0',
      '1.0',
      '1.5',
      '0.233',
      '1.0E7',
      '0.001',
      '1.0E-4',
      '1.23456789E8',
      '1.7976931348623157E308',
    ]);
  });

  it.each(['consumer-offset-4.9.7.json', 'topics-5.5.0.json', 'subscription-group-5.5.0.json'])(
    'prints the configuration file %s byte for byte as Apache wrote it',
    (name) => {
      const text = readFileSync(new URL(`../../test-data/${name}`, import.meta.url), 'utf8');
      expect(printFastJson(parseFastJson(text), { pretty: true })).toBe(text);
    },
  );

  it('keeps entries with integer keys on one line in the pretty form, as consumerOffset.json has them', () => {
    const value = {
      offsetTable: {
        'T@G': new MapEntries([
          [0, 1],
          [1, 2],
        ]),
        'U@G': new MapEntries([]),
      },
    };
    expect(printFastJson(value, { pretty: true })).toBe(
      '{\n\t"offsetTable":{\n\t\t"T@G":{0:1,1:2\n\t\t},\n\t\t"U@G":{}\n\t}\n}',
    );
  });

  it('keeps items of sets on one line in the pretty form', () => {
    expect(printFastJson({ set: new JsonSet(['a', 'b']), list: ['a'] }, { pretty: true })).toBe(
      '{\n\t"set":["a","b"],\n\t"list":[\n\t\t"a"\n\t]\n}',
    );
  });
});

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

function malformedOrValue(source: string | Buffer): boolean {
  try {
    return parseFastJson(source) !== undefined;
  } catch (error) {
    return error instanceof RocketMqError && error.code === 'JSON_MALFORMED';
  }
}

/** Pieces of JSON that make texts of which many are nearly right. */
function fragments(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('{', '}', '[', ']', ',', ':', '"', "'", '\\', '/', '/*', '*/', '//', '\n', ' '),
    fc.constantFrom(
      '{"$ref":"',
      '$',
      '..',
      '.null',
      '[0]',
      '\\u00',
      '\\x',
      '-',
      '.',
      'e',
      '0',
      '1L',
    ),
    fc.constantFrom('true', 'null', 'NaN', '"a":', '"$ref"', '{"a":1}', '9223372036854775808'),
    fc.string({ maxLength: 4 }),
  );
}

function jsonValues(): fc.Arbitrary<JsonValue> {
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => new JavaDouble(double)),
      fc.string({ unit: 'binary' }),
      fc.array(tie('value')),
      fc.array(tie('value')).map((items) => new JsonSet(items)),
      fc.dictionary(fc.string(), tie('value')).filter((map) => !('$ref' in map)),
      fc
        .array(fc.tuple(fc.oneof(fc.integer(), fc.record({ queueId: fc.nat() })), tie('value')))
        .map((entries) => new MapEntries(entries)),
    ),
  }));
  return value;
}

/** Values stripped of what a round trip does not keep: how numbers are held, which map form stood there. */
function asPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : value;
  if (value instanceof JavaDouble) return asPlain(value.value);
  if (value instanceof JsonSet) return asPlain(value.items);
  if (Array.isArray(value)) return value.map(asPlain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = mapEntriesOf(value as JsonValue) ?? [];
  return entries.map(([key, item]) => [asPlain(key), asPlain(item)]);
}

/** Integers as JSON.parse holds them. */
function asDoubles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asDoubles);
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
}
