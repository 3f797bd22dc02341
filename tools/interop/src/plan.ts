import type { Target } from './cluster.ts';
import { isChosen, type Options } from './options.ts';
import type { CustomRow, Pair, Parameters, Row, ScenarioRow } from './row.ts';

/** Official clients against us, our SDK against Apache's brokers and ours. */
const PAIRS: readonly Pair[] = [
  { judge: 'java-4.9.7', target: 'orbit' },
  { judge: 'java-5.5.0', target: 'orbit' },
  { judge: 'go', target: 'orbit' },
  { judge: 'sdk', target: 'orbit' },
  { judge: 'sdk', target: 'apache-4.4.0' },
  { judge: 'sdk', target: 'apache-4.9.7' },
  { judge: 'sdk', target: 'apache-5.5.0' },
];

/** Without the versions that cost a JVM and add least. */
const QUICK_PAIRS: readonly Pair[] = PAIRS.filter(
  ({ target }) => target === 'orbit' || target === 'apache-4.9.7',
);

/** Official peers among themselves. */
const CALIBRATION_PAIRS: readonly Pair[] = [
  { judge: 'java-4.9.7', target: 'apache-4.9.7' },
  { judge: 'go', target: 'apache-4.9.7' },
  { judge: 'java-5.5.0', target: 'apache-5.5.0' },
  { judge: 'go', target: 'apache-5.5.0' },
];

export interface ScenarioCell {
  readonly kind: 'scenario';
  readonly row: ScenarioRow;
  readonly pair: Pair;
  readonly column: string;
  readonly parameters: Parameters;
  /** Why official peers do not do this among themselves; such a cell is skipped. */
  readonly without: string | undefined;
}

export interface CustomCell {
  readonly kind: 'custom';
  readonly row: CustomRow;
  readonly variant: string;
  readonly column: string;
}

/** Cells that share a cluster. */
export interface ClusterGroup {
  readonly target: Target;
  readonly properties: Readonly<Record<string, string>>;
  readonly homeFiles: Readonly<Record<string, string>>;
  readonly cells: readonly ScenarioCell[];
}

export interface Plan {
  readonly groups: readonly ClusterGroup[];
  readonly custom: readonly CustomCell[];
}

function pairsOf(options: Options): readonly Pair[] {
  if (options.isCalibrating) return CALIBRATION_PAIRS;
  return options.isQuick ? QUICK_PAIRS : PAIRS;
}

function scenarioCells(rows: readonly Row[], options: Options): readonly ScenarioCell[] {
  return rows
    .filter((row) => row.kind === 'scenario')
    .flatMap((row) => {
      const parameters = options.isQuick ? row.quick : row.full;
      if (parameters === undefined) return [];
      return pairsOf(options)
        .filter((pair) => row.judges.includes(pair.judge))
        .map((pair) => ({
          kind: 'scenario' as const,
          row,
          pair,
          column: `${pair.judge} > ${pair.target}`,
          parameters,
          without: row.without?.(pair),
        }))
        .filter((cell) => isChosen(options.only, row.name, cell.column));
    });
}

function groupCells(cells: readonly ScenarioCell[]): readonly ClusterGroup[] {
  const groups = new Map<string, ScenarioCell[]>();
  for (const cell of cells) {
    const key = JSON.stringify([
      cell.pair.target,
      cell.row.properties ?? {},
      cell.row.homeFiles ?? {},
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { properties = {}, homeFiles = {} } = first.row;
    return [{ target: first.pair.target, properties, homeFiles, cells: group }];
  });
}

function customCells(rows: readonly Row[], options: Options): readonly CustomCell[] {
  return rows
    .filter((row) => row.kind === 'custom')
    .flatMap((row) =>
      variantsOf(row, options)
        .map((variant) => ({ kind: 'custom' as const, row, variant, column: variant }))
        .filter((cell) => isChosen(options.only, row.name, cell.column)),
    );
}

function variantsOf(row: CustomRow, options: Options): readonly string[] {
  if (options.isCalibrating) return row.calibrationVariants ?? [];
  return options.isQuick ? row.quickVariants : row.variants;
}

/** What a run does. */
export function planRun(rows: readonly Row[], options: Options): Plan {
  return {
    groups: groupCells(scenarioCells(rows, options)),
    custom: customCells(rows, options),
  };
}
