import type { Compression } from '../src/compression.ts';

export const TEXTS = {
  short: 'hello hello hello hello hello',
  text: Array.from({ length: 400 }, (_, index) => `order ${index} is paid; `).join(''),
  zeros: '0'.repeat(100_000),
} as const;

/** Bodies compressed by the official client's library, 5.5.0: the text's name, how, and the bytes. */
export const GOLDEN: readonly (readonly [keyof typeof TEXTS, Compression, string])[] = [
  ['short', 'lz4', 'BCJNGGBwcw8AAABuaGVsbG8gBgBQaGVsbG8AAAAA'],
  ['short', 'zstd', 'KLUv/QBYZAAAMGhlbGxvIAEAqUsRAQAA'],
  ['short', 'zlib', 'eF7LSM3JyVfIwE4CAKMQCuU='],
  [
    'text',
    'lz4',
    'BCJNGGBwc2MGAADyAm9yZGVyIDAgaXMgcGFpZDsgEQAcMREAHDIRABwzEQAcNBEAHDURABw2EQAcNxEAHDgRABw5EQAeMasADawAHTGtAB0xrgAdMa8AHTGwAB0xsQAdMbIAHTGzAB0xtAAdMrQAHTK0AB0ytAAdMrQAHTK0AB0ytAAdMrQAHTK0AB0ytAAdMrQAHTO0AB0ztAAdM7QAHTO0AB0ztAAdM7QAHTO0AB0ztAAdM7QAHTMcAh00tAAdNLQAHTS0AB00tAAdNLQAHTS0AB00tAAdNLQAHTS0AB00tAAdNbQAHTW0AB01tAAdNbQAHTW0AB01tAAdNbQAHTW0AB01tAAdNbQAHTa0AB02tAAdNrQAHTa0AB02tAAdNrQAHTa0AB02tAAdNrQAHTa0AB03tAAdN7QAHTe0AB03tAAdN7QAHTe0AB03tAAdN7QAHTe0AB03tAAdOLQAHTi0AB04tAAdOLQAHTi0AB04tAAdOLQAHTi0AB04tAAdOLQAHTm0AB05tAAdObQAHTm0AB05tAAdObQAHTm0AB05tAAdObQAHTm0AC0xMLUALTEwtgAtMTC3AC0xMLgALTEwuQAtMTC6AC0xMLsALTEwvAAtMTC9AC4xML4ADxMHAQ6+AA8VBwAPFgcADxcHAA8YBwAPGQcADxoHAA8bBwAOHAceMR0HHjEeBx4xHwceMSAHHjEhBx4xIgceMSMHHjEkBx4xJQceMSYHHjEnBx4xKAceMSkHHjEqBx4xKwceMSwHHjEtBx4xLgceMS8HHjEwBx4xMQceMTIHHjEzBx4xNAceMTUHHjE2Bx4xNwceMTgHHjE5Bx4xOgceMTsHHjE8Bx4xPQceMT4HHjE/Bx4xQAceMUEHHjFCBx4xQwceMUQHHjFFBx4xRgceMUcHHjFIBx4xSQceMUoHHjFLBx4xTAceMU0HHjFOBx4xTwceMVAHLjE3MgUOUgceMVMHHjFUBx4xVQceMVYHHjFXBx4xWAceMVkHHjFaBx4xWwceMVwHHjFdBx4xXgceMV8HHjFgBx4xYQceMWIHHjFjBx4xZAceMWUHHjFmBx4xZwceMWgHHjFpBx4xagceMWsHHjFsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAcuMjN8AR0zdAQ8MjMzKg4eMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceMmwHHjJsBx4ybAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbActMzQqCC0zNCoIHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBx4zbAceM2wHHjNsBxMzbAdQYWlkOyAAAAAA',
  ],
  [
    'text',
    'zstd',
    'KLUv/QBYhAsA9ps6E8AXhgMEVOHlX40lKaVMKbEqODg5ADEAMQD//7+qqqqqioiIiIhoZmZmZkZERERExLZt227btm1JkiTJbdu2vWjE5QQAgSGgQDgYhBAMBgQMCALBYDD4////V1VVVVUREREREc3MzMzMiIiIiIjYtm3bbdu2LUmSJLlt27ZFREREROx/0Wg0Gv3///+rqqqqqoiIiIiIZmZmZmZERERERGzbtu22bduWJEmS3LZt24LBYDAYDAKAwBBQIBwMwv////+qqqqqKiIiIiKimZmZmRkREREREdu2bbtt27YlSZIkt23btmg0Go0GgY+oIfDunwHRp2o1ESgEryD9h8oUhhKKKBTBUr/kT3/Jn+7FEYUiDCkkYaAq8kv/1C/96yCNIwxJGJJIIqgCs/plxctKlxWXlS0rLStZVg2WYLVeW19fr1+vba+tt63XrtfW11Z6U23/2pf2nf1k/9gX9nVe3zVc13Vd1/XKrkoCqCoBAAA=',
  ],
  [
    'text',
    'zlib',
    'eF5t2DHKW1kQhNGt/EtQVUlPErMagx04srH3DwMTDTo37ehDPN1D968/33/8+bp9/fz79fvbz+//fP36b5DPQT8H+xzcPwePz8H1OXh+Dl6fgzdhptIaYkNtyA29ITgUh+TQXJrr70tzaS7Npbk0l+bSXJpH82ieHwXNo3k0j+bRPJpH853mO813mu9+yTTfab7TfKf5TvOd5gfND5ofND9ofvj3o/lB84PmB80Pmi+aL5ovmi+aL5ov3wyaL5ovmi+anzQ/aX7S/KT5SfOT5qcPHc1Pmp80v2h+0fyi+UXzi+YXzS+aX77ONL9oftP8pvlN85vmN81vmt80v2l+S8rBFFG5qcpNVm66chOWm7LcpOWmLTdxuVl/ItH6A4oHFQ8sHlw8wHiQ8UCjNkYco46Rx+hjBDIKGYmMRkYko5KRyehkhDJKGamMVkYso5aRy+hlBDOKGcmMZkY0o5qRzehmhDPKGemMdkY8o56Rz+hnBDQKGgmNhkZEo6KR0ehohDRKGimNlkZMo6aR0+hpBDWKGkmNpkZUo6qR1ehqhDXKGmmNtkZco66R1+hrBDYKG4mNxkZko7KR2ehshDZKG6mN1lZrq7XV2mpttbZaW62t1lZrq7XV2mpttbZaW62t1lZrq7XV2h720MMietpErT/soodl9LCNHtbRwz56WEi1tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaam21tlpbra3WVmurtdXaae20dlo7rZ3WTmuntdPaae20dlo7rZ3WTmuntdPaae20dlo7rZ3WTmuntdPaae20dlo7rZ3W7nD9PZx/D/ff0wHY+sMJ+HADPhyBD1fgwxlYa6e109pp7bR2WjutndZOa6e109pp7bR2WjutndZOa6e109pp7bR2WjutndZOa6e109pp7bR2WjutndZOa6e109pp7bR2WjutndZOa6e109pp7bR2WjutndZOa6e109pp7bR2WjutndZOa6e109pp7f5v7b+zHSvg',
  ],
  [
    'zeros',
    'lz4',
    'BCJNGGBwc5MBAAAfMAEA//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////8PUDAwMDAwAAAAAA==',
  ],
  ['zeros', 'zstd', 'KLUv/QBYVAAAEDAwAQCbhjnAAgEAAA=='],
  [
    'zeros',
    'zlib',
    'eF7twTEBAAAAwqBK65/OGh5AAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAK8G6adCSA==',
  ],
];
