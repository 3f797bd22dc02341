import { describe, expect, it } from '@jest/globals';
import { runAdmin } from './run.ts';
import { versionText } from './version-text.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  let out = '';
  let error = '';
  const code = await runAdmin(args, {
    environment: {},
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { code, out, error };
}

describe('mqadmin', () => {
  it('without arguments lists its commands', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain(
      'The most commonly used mqadmin commands are:\n   updateTopic          Update',
    );
  });

  it('tells the usage as Apache does', async () => {
    const { code, out } = await run('help', 'updateTopic');
    expect(code).toBe(0);
    expect(out).toBe(
      `usage: mqadmin updateTopic -b <arg> | -c <arg>  [-h] [-n <arg>] [-o <arg>] [-p <arg>] [-r <arg>] [-s <arg>] -t
       <arg> [-u <arg>] [-w <arg>]
 -b,--brokerAddr <arg>       create topic to which broker
 -c,--clusterName <arg>      create topic to which cluster
 -h,--help                   Print help
 -n,--namesrvAddr <arg>      Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'
 -o,--order <arg>            set topic's order(true|false)
 -p,--perm <arg>             set topic's permission(2|4|6), intro[2:W 4:R; 6:RW]
 -r,--readQueueNums <arg>    set read queue nums
 -s,--hasUnitSub <arg>       has unit sub (true|false)
 -t,--topic <arg>            topic name
 -u,--unit <arg>             is unit topic (true|false)
 -w,--writeQueueNums <arg>   set write queue nums
`,
    );
  });

  it('exits with 1 only when options cannot be read', async () => {
    expect((await run('topicStatus')).code).toBe(1);
    expect((await run('topicStatus', '--nonsense')).code).toBe(1);
    expect((await run('updateTopic', '-t', 'T')).code).toBe(1);
    expect(await run('nope')).toEqual({
      code: 0,
      out: 'The sub command nope not exist.\n',
      error: '',
    });
  });

  it('says on standard error which option is wrong', async () => {
    expect((await run('topicStatus')).error).toMatch(/^mqadmin topicStatus: .*-t, --topic.*\n$/);
    expect((await run('topicStatus', '-t', 'T', '--nonsense')).error).toContain("'--nonsense'");
    expect((await run('updateTopic', '-t', 'T')).error).toBe(
      'mqadmin updateTopic: -b or -c is missing\n',
    );
    const options = ['-b', '127.0.0.1:1', '-t', 'T', '-r', 'many'];
    expect((await run('updateTopic', ...options)).error).toContain(
      'Caused by: --readQueueNums is "many", expected an integer',
    );
  });

  it('says on standard error what failed, and exits with 0', async () => {
    const { code, out, error } = await run('topicstatus', '-t', 'T');
    expect(code).toBe(0);
    expect(out).toBe('');
    expect(error).toContain(
      'TopicStatusSubCommand command failed\nCaused by: connect to null failed',
    );
  });

  it('names versions as Apache does', () => {
    expect([317, 399, 407, 408, 409, 413, 475].map(versionText)).toEqual([
      'V4_5_2',
      'V4_9_3',
      'V4_9_7',
      'V4_9_8_SNAPSHOT',
      'V4_9_8',
      'V5_0_0',
      'V5_3_1',
    ]);
  });
});
