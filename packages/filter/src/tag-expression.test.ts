import { describe, expect, it } from '@jest/globals';
import { buildSubscription, isTagWanted, parseTagExpression } from './index.ts';

describe('tag expressions', () => {
  it.each([undefined, '', '*'])('mean everything when they are %j', (expression) => {
    expect(parseTagExpression(expression)).toEqual({ tags: [], codes: [] });
  });

  it('have the hash codes that Java gives their tags', () => {
    expect(parseTagExpression('TagA || TagB||nodejs-demo|| 中文 ||TagA')).toEqual({
      tags: ['TagA', 'TagB', 'nodejs-demo', '中文'],
      codes: [2598919, 2598920, 2062148517, 646394],
    });
  });

  it('must not be separators alone; blanks between them mean everything', () => {
    expect(() => parseTagExpression('||')).toThrow(/expected a tag/);
    expect(parseTagExpression(' || ').tags).toEqual([]);
  });

  it('become the subscription of the reference', () => {
    expect(buildSubscription('T', 'TagA || TagB', 'TAG', 7)).toEqual({
      classFilterMode: false,
      codeSet: [2598919, 2598920],
      expressionType: 'TAG',
      subString: 'TagA || TagB',
      subVersion: 7,
      tagsSet: ['TagA', 'TagB'],
      topic: 'T',
    });
    expect(buildSubscription('T', undefined, 'TAG', 7).subString).toBe('*');
    const sql = buildSubscription('T', 'a > 5', 'SQL92', 7);
    expect([sql.subString, sql.expressionType, sql.codeSet]).toEqual(['a > 5', 'SQL92', []]);
    expect(() => buildSubscription('T', 'a >', 'SQL92', 7)).toThrow(/position 3/);
  });

  it('are checked by text, because different tags may have one hash code', () => {
    const subscription = buildSubscription('T', 'Aa', 'TAG', 7);
    expect(parseTagExpression('BB').codes).toEqual(subscription.codeSet);
    expect(isTagWanted(subscription, 'Aa')).toBe(true);
    expect(isTagWanted(subscription, 'BB')).toBe(false);
    expect(isTagWanted(subscription, undefined)).toBe(false);
    expect(isTagWanted(buildSubscription('T', '*', 'TAG', 7), undefined)).toBe(true);
  });
});
