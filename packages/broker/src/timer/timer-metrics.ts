/**
 * How many messages wait for their times, by topic: `config/timermetrics`, JSON as Apache's.
 *
 * Counted while messages come and go, written with the other timer files. A crash leaves the numbers of the last
 * flush, off by what was delivered since, until nothing waits any more: then they are 0 again.
 *
 * Source: TimerMetrics.java.
 */
import { type Logger, toError } from '@orbitmq/kernel';
import {
  parseTimerMetricsSerializeWrapper,
  printTimerMetricsSerializeWrapper,
  type TimerMetric,
  type TimerMetricsSerializeWrapper,
} from '@orbitmq/protocol';
import { type Disk, readWholeFile, replaceFile } from '@orbitmq/runtime';

const NAME = 'timermetrics';

export class TimerMetrics {
  readonly #disk: Disk;
  readonly #directory: string;
  /** Only of topics for which messages wait. */
  readonly #counts: Map<string, TimerMetric>;
  #counter: number;
  #changedMs: number;
  #writtenCounter: number;

  /** What the last run left; nothing when the file is absent, or damaged, which is logged. */
  static async open(disk: Disk, directory: string, log: Logger): Promise<TimerMetrics> {
    const bytes = await readWholeFile(disk, `${directory}/${NAME}`);
    try {
      const known = bytes && parseTimerMetricsSerializeWrapper(bytes);
      return new TimerMetrics(disk, directory, known);
    } catch (error) {
      log.warn(
        { err: toError(error), file: NAME },
        'counts of waiting timer messages are not known',
      );
      return new TimerMetrics(disk, directory, undefined);
    }
  }

  private constructor(
    disk: Disk,
    directory: string,
    known: TimerMetricsSerializeWrapper | undefined,
  ) {
    this.#disk = disk;
    this.#directory = directory;
    this.#counts = new Map(known?.timingCount);
    this.#counter = known?.dataVersion?.counter ?? 0;
    this.#changedMs = known?.dataVersion?.timestamp ?? 0;
    this.#writtenCounter = this.#counter;
  }

  /** Messages came (1 each) or went (-1 each). */
  add(topic: string, messages: number, nowMs: number): void {
    const count = (this.#counts.get(topic)?.count ?? 0) + messages;
    if (count > 0) this.#counts.set(topic, { count, timeStamp: nowMs });
    else this.#counts.delete(topic);
    this.#counter++;
    this.#changedMs = nowMs;
  }

  /** Nothing waits. */
  clear(): void {
    this.#counts.clear();
  }

  wrapper(): TimerMetricsSerializeWrapper {
    return {
      dataVersion: { stateVersion: 0, timestamp: this.#changedMs, counter: this.#counter },
      timingCount: new Map(this.#counts),
    };
  }

  /** Writes the file if something changed since it was written; a crash leaves the old one or the new one. */
  async write(): Promise<void> {
    const counter = this.#counter;
    if (counter === this.#writtenCounter) return;
    await replaceFile(
      this.#disk,
      this.#directory,
      NAME,
      printTimerMetricsSerializeWrapper(this.wrapper()),
    );
    this.#writtenCounter = counter;
  }
}
