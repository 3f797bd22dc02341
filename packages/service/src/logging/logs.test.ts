import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RocketMqError } from '@orbitmq/kernel';
import { Logs, logDirectory } from './logs.ts';
import { RollingFile } from './rolling-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orbitmq-logs-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('logs', () => {
  it('are JSON lines with their facts, one file a logger', async () => {
    const logs = new Logs({ directory });
    const cause = new RocketMqError('no route', { code: 'NO_ROUTE', details: { topic: 'T' } });
    logs.logger('broker').child({ topic: 'T' }).warn({ queueId: 3, err: cause }, 'pull rejected');
    logs.logger('broker').debug({}, 'not written');
    logs.logger('store').info({}, 'opened');
    await logs.close();
    const line: unknown = JSON.parse(await readFile(join(directory, 'broker.log'), 'utf8'));
    expect(line).toMatchObject({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      topic: 'T',
      queueId: 3,
      msg: 'pull rejected',
      err: { message: 'no route', code: 'NO_ROUTE', details: { topic: 'T' } },
    });
    expect(await readFile(join(directory, 'store.log'), 'utf8')).toContain('opened');
  });

  it('are text for people on a terminal', () => {
    let shown = '';
    const logs = new Logs({
      console: 'human',
      level: 'debug',
      writeToConsole: (text) => {
        shown += text;
      },
    });
    const log = logs.logger('namesrv');
    expect(log.isDebug()).toBe(true);
    log.info({ topic: 'T', queues: 4 }, 'route changed');
    expect(shown).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO route changed topic=T queues=4\n$/);
  });

  it('show control characters that came from peers, and do not pass them on to the terminal', () => {
    let shown = '';
    const logs = new Logs({
      console: 'human',
      writeToConsole: (text) => {
        shown += text;
      },
    });
    logs.logger('broker').warn({ topic: 'T\u001b[2J\n2026-01-01 ERROR\u009b' }, 'refused');
    expect(shown).toMatch(/ WARN refused topic="T\\u001b\[2J\\n2026-01-01 ERROR\\u009b"\n$/);
  });

  it('show a warning’s error in one line on a terminal, and where it came from for an error', () => {
    let shown = '';
    const logs = new Logs({
      directory,
      console: 'human',
      level: 'info',
      writeToConsole: (text) => {
        shown += text;
      },
    });
    const err = new Error('cannot connect', { cause: new Error('refused') });
    logs.logger('broker').warn({ err, nameServer: 'n' }, 'registration failed');
    expect(shown).toMatch(/ WARN registration failed nameServer=n: cannot connect: refused\n$/);
    logs.logger('broker').error({ err }, 'start failed');
    expect(shown).toMatch(/ ERROR start failed\n {2}Error: cannot connect\n {4}at /);
  });

  it('go below the home directory, or ROCKETMQ_LOG_ROOT', () => {
    const machine = { homeDirectory: '/h', hostName: '', localAddress: '', processors: 1 };
    expect(logDirectory({ ...machine, variables: {} })).toBe('/h/logs/rocketmqlogs');
    const variables = { ROCKETMQ_LOG_ROOT: '/l' };
    expect(logDirectory({ ...machine, variables }, 'a_0')).toBe('/l/logs/rocketmqlogs/a_0');
  });
});

describe('a rolling file', () => {
  it('keeps so many rolled files, the newest as number 1, and loses no line', async () => {
    const path = join(directory, 'broker.log');
    const lines = Array.from(
      { length: 12 },
      (_unused, index) => `line ${index} ${'x'.repeat(100)}\n`,
    );
    for (const line of lines) {
      // Opened again for each line, as by a service that restarts: the size counts on.
      const file = new RollingFile(path, { maxBytes: 300, maxFiles: 2 }, (error) => {
        throw error;
      });
      file.write(line);
      await file.close();
    }
    expect((await readdir(join(directory, 'otherdays'))).toSorted()).toEqual([
      'broker.1.log.gz',
      'broker.2.log.gz',
    ]);
    const rolled = async (index: number): Promise<string> =>
      gunzipSync(await readFile(join(directory, 'otherdays', `broker.${index}.log.gz`))).toString();
    expect(await rolled(2)).toBe(lines.slice(6, 9).join(''));
    expect(await rolled(1)).toBe(lines.slice(9, 12).join(''));
    expect(await readFile(path, 'utf8')).toBe('');
  });
});
