/** Usage texts in the form of commons-cli's HelpFormatter: width 110, left pad 1, options by short name. */
import type { AdminCommand, CommandOption } from './command.ts';

const WIDTH = 110;

/** Options that every command has. */
export const COMMON_OPTIONS: readonly CommandOption[] = [
  { short: 'h', long: 'help', hasValue: false, description: 'Print help' },
  {
    short: 'n',
    long: 'namesrvAddr',
    hasValue: true,
    description: "Name server address list, eg: '192.168.0.1:9876;192.168.0.2:9876'",
  },
];

export function optionsOf(command: AdminCommand): readonly CommandOption[] {
  return [...command.options, ...COMMON_OPTIONS].toSorted((a, b) => compare(a.short, b.short));
}

export function usageText(command: AdminCommand): string {
  const options = optionsOf(command);
  const names = options.map(({ short, long, hasValue }) => {
    return ` -${short},--${long}${hasValue ? ' <arg>' : ''}`;
  });
  const column = Math.max(...names.map((name) => name.length)) + 3;
  const lines = options.flatMap(({ description }, index) =>
    wrap(`${(names[index] as string).padEnd(column)}${description}`, column),
  );
  return `${wrap(synopsis(command), 7).join('\n')}\n${lines.join('\n')}\n`;
}

function synopsis(command: AdminCommand): string {
  const group = command.oneOf ?? [];
  const seen = new Set<string>();
  const parts = optionsOf(command).flatMap((option) => {
    if (seen.has(option.short)) return [];
    if (!group.includes(option.short)) return [brief(option)];
    for (const short of group) seen.add(short);
    const members = command.options.filter(({ short }) => group.includes(short));
    return [`${members.map((member) => inner(member)).join(' | ')} `];
  });
  return `usage: mqadmin ${command.name} ${parts.join(' ')}`;
}

function brief(option: CommandOption): string {
  return option.isRequired === true ? inner(option) : `[${inner(option)}]`;
}

function inner({ short, hasValue }: CommandOption): string {
  return hasValue ? `-${short} <arg>` : `-${short}`;
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > WIDTH) {
    const cut = rest.lastIndexOf(' ', WIDTH);
    if (cut <= indent) break;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = ' '.repeat(indent) + rest.slice(cut).trimStart();
  }
  return [...lines, rest.trimEnd()];
}

function compare(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
