/** How one cell ended. */
export type Outcome = 'pass' | 'fail' | 'skip';

export interface Cell {
  readonly row: string;
  readonly column: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** Why it failed or was skipped; for a pass what it reported. */
  readonly reason: string;
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  if (cell.outcome === 'skip') return 'skip';
  return `${cell.outcome} ${cell.seconds.toFixed(1)} s`;
}

/** Rows × columns in the order they first appear, as aligned text. */
export function printMatrix(cells: readonly Cell[]): string {
  const columns = [...new Set(cells.map((cell) => cell.column))];
  const rows = [...new Set(cells.map((cell) => cell.row))];
  const find = (row: string, column: string): Cell | undefined =>
    cells.find((cell) => cell.row === row && cell.column === column);
  const table = [
    ['', ...columns],
    ...rows.map((row) => [row, ...columns.map((column) => textOf(find(row, column)))]),
  ];
  const widths = ['', ...columns].map((_, index) =>
    Math.max(...table.map((line) => line[index]?.length ?? 0)),
  );
  return table
    .map((line) =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `12 passed, 1 failed, 2 skipped`. */
export function printTotals(cells: readonly Cell[]): string {
  const count = (outcome: Outcome): number =>
    cells.filter((cell) => cell.outcome === outcome).length;
  return `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped`;
}
