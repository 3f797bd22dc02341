import { describe, expect, it } from '@jest/globals';
import { runTool, type Tool, wholeNumberFlag } from './tool.ts';

const counter: Tool<{ times: { type: 'string'; default: '3' } }> = {
  name: 'count',
  usage: 'usage: count [--times 3]\n',
  flags: { times: { type: 'string', default: '3' } },
  mostPositionals: 1,
  run: async ({ times }, positionals) => {
    if (positionals.includes('broken')) throw new Error('it broke');
    return wholeNumberFlag('times', times, 1);
  },
};

async function run(...args: string[]) {
  let out = '';
  let error = '';
  const host = {
    writeOut: (text: string) => void (out += text),
    writeError: (text: string) => void (error += text),
  };
  const exitCode = await runTool(counter, args, host);
  return { exitCode, out, error };
}

describe('a tool', () => {
  it('runs with its flags', async () => {
    expect(await run()).toEqual({ exitCode: 3, out: '', error: '' });
    expect(await run('--times', '7')).toEqual({ exitCode: 7, out: '', error: '' });
  });

  it('tells how it is used', async () => {
    expect(await run('--help')).toEqual({ exitCode: 0, out: counter.usage, error: '' });
  });

  it.each([
    [['--times', 'x'], /^count: --times is "x", expected a whole number of 1 or more\n/],
    [['--times', '0'], /^count: --times is "0", expected/],
    [['broken', 'pieces'], /^count: unexpected argument "pieces"\n/],
    [['--time', '1'], /^count: .*Unknown option '--time'\n/],
  ])('says in two lines what is wrong with %j', async (args, expected) => {
    const { exitCode, error } = await run(...args);
    expect(exitCode).toBe(2);
    expect(error).toMatch(expected);
    expect(error.trimEnd().split('\n')).toHaveLength(2);
  });

  it('says in one line why it failed', async () => {
    expect(await run('broken')).toEqual({ exitCode: 1, out: '', error: 'count: it broke\n' });
  });
});
