import type { AdminCommand } from './mqadmin-commands.ts';

/** What differs between two runs of the same command on different clusters without meaning anything. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/^.*\|-(?:INFO|WARN|ERROR) in .*$/gmu, ''],
  [/^\s+at .*$/gmu, ''],
  [/^\s+\.\.\. \d+ more$/gmu, ''],
  [/^.*SLF4J.*$/gmu, ''],
  [/127\.0\.0\.1:\d+/gu, '<address>'],
  [/\b[0-9A-F]{32,56}\b/gu, '<id>'],
  [/\d{4}-\d\d-\d\d[ @]\d\d:\d\d:\d\d(?:[,:.]\d+)?/gu, '<time>'],
  [/\b\d{13}\b/gu, '<time>'],
  [/\bV\d_\d+_\d+\S*/gu, '<version>'],
  [/\d+\.\d+/gu, '<number>'],
  [/\b\d+ ?ms\b/gu, '<ms>'],
  [/(?:storeSize|commitLogOffset|bodyCRC|preparedTransactionOffset)=-?\d+/gu, '<position>'],
  [/CommitLog Offset:\s+\d+/gu, 'CommitLog Offset: <position>'],
  // Each version names its own manual; ours that of 4.x, which clients of 5.x print as it comes.
  [/See https?:\/\/rocketmq\.apache\.org\/\S+ for further details\./gu, 'See <manual>'],
  // The order of a Java HashMap's entries means nothing.
  [/\{(?:[\w_]+=[^,{}]*(?:, )?)+\}/gu, '{properties}'],
  // How many topics a name server holds, and how long single sends took.
  [/OK, \d+/gu, 'OK, <number>'],
  [/^(broker-a\s+\d\s+true\s+)\d+$/gmu, '$1<ms>'],
  // The group's TPS of the last minute.
  [/(OFFLINE\s+)\d+/gu, '$1<tps>'],
  // Messages of 24 hours: whether a sample was taken since they were sent, every 10 s, is a race.
  [/(<number>\s+<number>\s+)\d+\s+\d+$/gmu, '$1<sampled>'],
  [/(<number>\s+)\d+(\s+NO_CONSUMER)$/gmu, '$1<sampled>$2'],
  // Which queue a producer begins with is random.
  [/^(broker-a\s+)\d(\s+SEND_OK)/gmu, '$1<queue>$2'],
  [/queueId=\d, queueOffset=\d+|queueId=\d\], queueOffset=\d+/gu, '<queue>'],
];

/** A command's output as comparable lines. */
export function normalise(output: string): readonly string[] {
  let text = output;
  for (const [pattern, replacement] of VOLATILE) text = text.replaceAll(pattern, replacement);
  return text
    .split('\n')
    .map((line) => line.replaceAll(/\s+/gu, ' ').trim())
    .filter((line) => line !== '')
    .toSorted();
}

/** Parts what the Java program printed into one output for each command. */
export function splitOutputs(stdout: string): readonly string[] {
  return stdout
    .split('\u0001')
    .slice(1)
    .map((section) => section.slice(section.indexOf('\n') + 1));
}

function keysOf(lines: readonly string[]): readonly string[] {
  return lines
    .map(
      (line) =>
        line
          .split(' :')[0]
          ?.split(': ')[0]
          ?.replace(/^<address> /u, '') ?? '',
    )
    .filter((key) => !key.includes('/'));
}

/** Lines of the first that the second does not have as often. */
function missingFrom(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const left = [...actual];
  return expected.filter((line) => {
    const at = left.indexOf(line);
    if (at < 0) return true;
    left.splice(at, 1);
    return false;
  });
}

/** What a command printed otherwise against us than against Apache; empty when nothing. */
export function compareOutputs(
  command: AdminCommand,
  apache: string,
  ours: string,
): readonly string[] {
  if (command.compare === 'first-line') {
    const [expected = ''] = apache.split('\n').map((line) => normalise(line)[0] ?? '');
    return normalise(ours).includes(expected) ? [] : [`- ${expected}`];
  }
  const { only } = command;
  const pick = (output: string): readonly string[] => {
    const lines = normalise(output);
    const chosen = only === undefined ? lines : lines.filter((line) => only.test(line));
    return command.compare === 'keys' ? keysOf(chosen) : chosen;
  };
  const [expected, actual] = [pick(apache), pick(ours)];
  const missing = missingFrom(expected, actual).map((line) => `- ${line}`);
  if (command.compare === 'keys') return missing;
  return [...missing, ...missingFrom(actual, expected).map((line) => `+ ${line}`)];
}
