import type { Cell } from './matrix.ts';
import type { Result } from './results.ts';
import type { Row } from './row.ts';

export interface Versions {
  readonly apache: readonly string[];
  /** Of `github.com/apache/rocketmq-client-go/v2`. */
  readonly goClient: string;
  readonly node: string;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** Short enough for a table's head: `java-4.9.7 > orbit` names both sides on a line each. */
function headOf(column: string): string {
  return column.split(' > ').map(escape).join('<br>→ ');
}

function textOf(result: Result | undefined): string {
  if (result === undefined) return '';
  if (result.outcome === 'skip') return 'skipped';
  return result.outcome === 'pass' ? `${result.seconds.toFixed(1)} s` : '**fails**';
}

function tableOf(rows: readonly Row[], columns: readonly string[], results: readonly Result[]) {
  const lines = rows.map((row) => {
    const cells = columns.map((column) =>
      textOf(results.find((result) => result.row === row.name && result.column === column)),
    );
    return `| ${[`\`${row.name}\`: ${escape(row.promise)}`, ...cells].join(' | ')} |`;
  });
  const head = `| ${['', ...columns.map(headOf)].join(' | ')} |`;
  return [head, `|${'---|'.repeat(columns.length + 1)}`, ...lines].join('\n');
}

/** Columns in the order of the rows' first cells. */
function columnsOf(cells: readonly Cell[]): readonly string[] {
  return [...new Set(cells.map(({ column }) => column))];
}

function sectionOf(title: string, rows: readonly Row[], results: readonly Result[]): string {
  const ofRows = results.filter(({ row }) => rows.some(({ name }) => name === row));
  const columns = columnsOf(ofRows);
  const shown = rows.filter(({ name }) => ofRows.some(({ row }) => row === name));
  return `## ${title}\n\n${tableOf(shown, columns, ofRows)}\n`;
}

/** Neither side is ours: the cell says whether the row asks for what official peers do. */
function isCalibration({ column }: Cell): boolean {
  return !column.includes('orbit') && !column.startsWith('sdk');
}

function calibrationOf(rows: readonly Row[], results: readonly Result[]): string {
  if (!results.some(({ row }) => rows.some(({ name }) => name === row))) return '';
  const section = sectionOf('Official clients against official servers', rows, results);
  const [title = '', ...table] = section.split('\n\n');
  const text =
    'What calibrates the scenarios: a pair that fails here says that the row asks too much.';
  return `${[title, text, ...table].join('\n\n')}\n`;
}

function notesOf(results: readonly Result[]): string {
  const notes = results
    .filter(({ outcome }) => outcome !== 'pass')
    .map(({ row, column, outcome, reason }) => {
      const what = outcome === 'fail' ? 'fails' : 'skipped';
      return `- \`${row}\`, ${escape(column)}: ${what}: ${escape(reason)}`;
    });
  return notes.length === 0 ? '' : `\n## Not passed\n\n${notes.join('\n')}\n`;
}

/** Which clients a scenario does not ask, and why. */
function notAskedOf(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    if (row.kind !== 'scenario') return [];
    const reasons = Object.entries(row.notAsked ?? {});
    return reasons.map(([judge, reason]) => `- \`${row.name}\`, ${judge}: ${escape(reason)}`);
  });
  return lines.length === 0 ? '' : `\n## Not asked\n\n${lines.join('\n')}\n`;
}

/** The matrix as a page of the documentation. Rows that no longer exist are left out. */
export function printMarkdown(
  rows: readonly Row[],
  results: readonly Result[],
  versions: Versions,
): string {
  const known = rows.flatMap((row) => results.filter((result) => result.row === row.name));
  const dates = known.map(({ date }) => date).toSorted();
  const scenarios = rows.filter(({ kind }) => kind === 'scenario');
  const count = known.filter(({ outcome }) => outcome === 'pass').length;
  return `# Official peers and OrbitMQ

Made by \`npm run interop -- --markdown docs/interop.md\`; do not edit. \`tools/interop/README.md\` says how to run it.

A column names who judges and who is judged: \`go → orbit\` is Apache's Go client against our name server and broker, \`sdk →
apache-4.4.0\` our client against Apache's servers. A cell that held says how long it took, an empty one was not run: why is told below.
Each scenario checks every message's body, and what else its line promises. A cell shows its last run: cells may come from
several runs, at different states of the sources.

Apache RocketMQ ${versions.apache.join(', ')} (servers; Java client where a column names it), Go client ${versions.goClient}, Node.js
${versions.node}; cells run from ${dates[0] ?? '-'} to ${dates.at(-1) ?? '-'}: ${count} of ${known.length} passed.

${sectionOf(
  'Scenarios',
  scenarios,
  known.filter((result) => !isCalibration(result)),
)}
${calibrationOf(scenarios, known.filter(isCalibration))}${sectionOf(
  'Servers and files',
  rows.filter(({ kind }) => kind === 'custom'),
  known,
)}${notAskedOf(rows)}${notesOf(known)}`;
}
