import { join } from 'node:path';
import { errorCode, toError } from '@orbitmq/kernel';
import { type Cluster, startCluster } from './cluster.ts';
import type { FailureLogs } from './failures.ts';
import { type Judge, type JudgeName, printFacts, runJudge } from './judges/judge.ts';
import type { Cell, Outcome } from './matrix.ts';
import type { ClusterGroup, CustomCell, Plan, ScenarioCell } from './plan.ts';

/** How many rows that mostly wait run beside each other: more would make two cores the thing that is measured. */
const WAITING_AT_ONCE = 5;

export interface RunnerOptions {
  /** Work directory: clusters, stores, homes. */
  readonly directory: string;
  readonly failures: FailureLogs;
  readonly isQuick: boolean;
  /** Judges that could be built; for the others the reason why not. */
  readonly judges: ReadonlyMap<JudgeName, Judge | string>;
  /** No cell starts later, on `performance.now()`'s clock. */
  readonly endsAtMs: number;
  readonly print: (line: string) => void;
}

interface CellResult {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly log: string;
}

/** Runs a plan's cells, one cluster after another. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #cells: Cell[] = [];
  #serial = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  async run(plan: Plan): Promise<readonly Cell[]> {
    for (const group of plan.groups) await this.#runGroup(group);
    for (const cell of plan.custom) await this.#runCustom(cell);
    return this.#cells;
  }

  #nextDirectory(name: string): string {
    this.#serial += 1;
    return join(this.#options.directory, `${this.#serial}-${name.replaceAll(/[^\w.-]+/gu, '_')}`);
  }

  #add(cell: Cell): void {
    this.#cells.push(cell);
    const took = cell.outcome === 'skip' ? '' : ` ${cell.seconds.toFixed(1)} s`;
    const why = cell.reason === '' ? '' : `  ${cell.reason.split('\n')[0]?.slice(0, 300) ?? ''}`;
    this.#options.print(`${cell.outcome}${took}  ${cell.row} (${cell.column})${why}`);
  }

  #skip(cell: ScenarioCell | CustomCell, reason: string): void {
    this.#add({ row: cell.row.name, column: cell.column, outcome: 'skip', seconds: 0, reason });
  }

  /** The cells that can be run; the others are skipped with their reason. */
  #possible(cells: readonly ScenarioCell[]): readonly ScenarioCell[] {
    return cells.filter((cell) => {
      const judge = this.#options.judges.get(cell.pair.judge);
      const reason = cell.without ?? (typeof judge === 'string' ? judge : undefined);
      if (reason !== undefined) this.#skip(cell, reason);
      return reason === undefined && judge !== undefined;
    });
  }

  async #runGroup(group: ClusterGroup): Promise<void> {
    const cells = this.#possible(group.cells);
    if (cells.length === 0) return;
    const clusters = new RestartingCluster(group, () => this.#nextDirectory(group.target));
    if (performance.now() > this.#options.endsAtMs) {
      for (const cell of cells) this.#skip(cell, 'no time is left');
      return;
    }
    // So that no row's time contains it; when it fails, each row tries again and says why.
    await clusters.get().catch(() => {});
    try {
      for (const cell of cells.filter(({ row }) => row.isWaiting !== true)) {
        await this.#runScenario(cell, clusters);
      }
      const waiting = cells.filter(({ row }) => row.isWaiting === true);
      const workers = Array.from({ length: WAITING_AT_ONCE }, async () => {
        for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
          await this.#runScenario(cell, clusters);
        }
      });
      await Promise.all(workers);
    } finally {
      await clusters.close();
      if (this.#cells.some(({ outcome }) => outcome === 'fail')) {
        for (const directory of clusters.directories) {
          await this.#options.failures.keepServiceLogs(`services-${group.target}`, directory);
        }
      }
    }
  }

  async #runScenario(cell: ScenarioCell, clusters: RestartingCluster): Promise<void> {
    const evidence = () => ({ notes: [], serviceLogs: clusters.serviceLogs() });
    await this.#measure(cell, evidence, async () => {
      const judge = this.#options.judges.get(cell.pair.judge);
      if (judge === undefined || typeof judge === 'string') throw new Error('no judge');
      const cluster = await clusters.get();
      const verdict = await runJudge(judge, {
        scenario: cell.row.name,
        cluster,
        parameters: cell.parameters,
        directory: this.#nextDirectory(`${cell.row.name}-${cell.pair.judge}`),
        timeoutMs: cell.row.timeoutMs,
      });
      if (verdict.isOk) return { outcome: 'pass', reason: printFacts(verdict.facts), log: '' };
      const ended = cluster.isRunning() ? '' : 'a service of the cluster ended; ';
      return { outcome: 'fail', reason: `${ended}${verdict.reason}`, log: verdict.log };
    });
  }

  async #runCustom(cell: CustomCell): Promise<void> {
    const notes: string[] = [];
    const directory = this.#nextDirectory(`${cell.row.name}-${cell.variant}`);
    const { isQuick, failures } = this.#options;
    const outcome = await this.#measure(
      cell,
      () => ({ notes, serviceLogs: [] }),
      async () => {
        const told = await cell.row.run(cell.variant, {
          directory,
          isQuick,
          note: (line) => notes.push(line),
        });
        return { outcome: 'pass', reason: told, log: '' };
      },
    );
    if (outcome === 'fail') {
      await failures.keepServiceLogs(`services-${cell.row.name}-${cell.variant}`, directory);
    }
  }

  /** Times a cell, turns what it throws into its outcome and keeps the log of a failure. */
  async #measure(
    cell: ScenarioCell | CustomCell,
    evidence: () => { readonly notes: readonly string[]; readonly serviceLogs: readonly string[] },
    run: () => Promise<CellResult>,
  ): Promise<Outcome> {
    const start = performance.now();
    if (start > this.#options.endsAtMs) {
      this.#skip(cell, 'no time is left');
      return 'skip';
    }
    const result = await run().catch((thrown: unknown): CellResult => {
      const error = toError(thrown);
      const outcome = errorCode(error) === 'PEER_UNAVAILABLE' ? 'skip' : 'fail';
      return { outcome, reason: error.message, log: error.stack ?? '' };
    });
    const seconds = (performance.now() - start) / 1_000;
    const { outcome, reason } = result;
    this.#add({ row: cell.row.name, column: cell.column, outcome, seconds, reason });
    if (outcome === 'fail') {
      const name = `${cell.column}-${cell.row.name}`;
      const { notes, serviceLogs } = evidence();
      const text = [cell.row.promise, reason, result.log, ...notes].join('\n\n');
      await this.#options.failures.write(name, text, serviceLogs);
    }
    return outcome;
  }
}

/** A group's cluster: started when first asked for, and again when a row made one of its services end. */
class RestartingCluster {
  readonly directories: string[] = [];
  readonly #group: ClusterGroup;
  readonly #nextDirectory: () => string;
  #current: Promise<Cluster> | undefined;
  #running: Cluster | undefined;

  constructor(group: ClusterGroup, nextDirectory: () => string) {
    this.#group = group;
    this.#nextDirectory = nextDirectory;
  }

  async get(): Promise<Cluster> {
    if (this.#running !== undefined && !this.#running.isRunning()) await this.close();
    this.#current ??= this.#start().catch((error: unknown) => {
      this.#current = undefined;
      throw error;
    });
    return this.#current;
  }

  async #start(): Promise<Cluster> {
    const directory = this.#nextDirectory();
    this.directories.push(directory);
    this.#running = await startCluster(this.#group.target, directory, this.#group);
    return this.#running;
  }

  serviceLogs(): readonly string[] {
    const cluster = this.#running;
    return cluster === undefined ? [] : [cluster.namesrv.logFile, cluster.broker.logFile];
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#current = undefined;
    await running?.close();
  }
}
