import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RocketMqError } from '@orbitmq/kernel';
import { type Cluster, startCluster, type Target } from '../cluster.ts';
import { makeJudge } from '../judges/index.ts';
import { adminCommand } from '../judges/java.ts';
import { runJudge } from '../judges/judge.ts';
import { runCommand } from '../peers/index.ts';
import type { CustomRow } from '../row.ts';

type ToolVersion = '4.9.7' | '5.5.0';

const JUDGE_TIMEOUT_MS = 90_000;
const TOOL_TIMEOUT_MS = 60_000;
/** What a tool prints of a send and of its delivery: kind, group, host, time, duration and how it ended. */
const LINE =
  /^(Pub|Sub)\s+(\S+)\s+\S+\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+\d+ms\s+(success|failed)\s*$/u;

function failed(reason: string): RocketMqError {
  return new RocketMqError(reason, { code: 'ROW_FAILED' });
}

/** What the official mqadmin, which reads traces as the official console does, prints of a message. */
async function viewOf(
  version: ToolVersion,
  cluster: Cluster,
  { id, home }: { readonly id: string; readonly home: string },
): Promise<string> {
  await mkdir(home, { recursive: true });
  const file = join(home, 'commands.txt');
  const words = ['queryMsgTraceById', '-n', cluster.namesrv.address, '-i', id];
  await writeFile(file, `${words.join('\t')}\n`);
  const command = await adminCommand(version, home, file);
  const { stdout } = await runCommand(command, { cwd: home, timeoutMs: TOOL_TIMEOUT_MS });
  return stdout;
}

/** Our client traces a send and its delivery; the official tool decodes and shows both. */
export const traceViewRow: CustomRow = {
  kind: 'custom',
  name: 'trace-view',
  promise:
    "what our client traces is read by Apache's own tools: who sent, who consumed, and how it ended",
  variants: ['4.9.7 > orbit', '5.5.0 > orbit', '4.9.7 > apache-4.9.7', '5.5.0 > apache-5.5.0'],
  quickVariants: [],
  async run(variant, { directory }) {
    const [version, target] = variant.split(' > ') as [ToolVersion, Target];
    const judge = await makeJudge('sdk', () => {});
    const cluster = await startCluster(target, directory);
    try {
      const verdict = await runJudge(judge, {
        scenario: 'trace',
        cluster,
        parameters: {},
        directory: join(directory, 'sdk'),
        timeoutMs: JUDGE_TIMEOUT_MS,
      });
      if (!verdict.isOk) throw failed(`${verdict.reason}\n${verdict.log}`);
      const { messageId, producerGroup, consumerGroup } = verdict.facts;
      const home = join(directory, 'tools');
      const text = await viewOf(version, cluster, { id: String(messageId), home });
      const lines = text.split('\n').flatMap((line) => {
        const [, kind, group, status] = LINE.exec(line) ?? [];
        return kind === undefined ? [] : [`${kind} ${group} ${status}`];
      });
      const expected = [
        `Pub ${String(producerGroup)} success`,
        `Sub ${String(consumerGroup)} success`,
      ];
      if (expected.every((line) => lines.includes(line)) && lines.length === expected.length) {
        return expected.join(', ');
      }
      throw failed(`expected ${expected.join(', ')}, got ${lines.join(', ')}\n${text}`);
    } finally {
      await cluster.close();
    }
  },
};
