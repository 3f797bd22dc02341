import { RocketMqError } from '@orbitmq/kernel';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `messageDelayLevel`: how long a message of each level waits. Source: ScheduleMessageService.java (parseDelayLevel). */
export class DelayLevels {
  /** Milliseconds; level 1 stands first. */
  readonly #delaysMs: readonly number[];

  private constructor(delaysMs: readonly number[]) {
    this.#delaysMs = delaysMs;
  }

  /**
   * @param text numbers with a unit (s, m, h, d), separated by blanks: `1s 5s 10s 30s 1m …`
   * @throws {RocketMqError} DELAY_LEVELS_MALFORMED, naming the piece that does not parse
   */
  static parse(text: string): DelayLevels {
    return new DelayLevels(
      text
        .trim()
        .split(/\s+/)
        .map((piece) => {
          const unitMs = UNIT_MS[piece.at(-1) ?? ''];
          const count = Number(piece.slice(0, -1));
          if (unitMs === undefined || !Number.isInteger(count) || count <= 0) {
            throw new RocketMqError(
              `messageDelayLevel: ${JSON.stringify(piece)} is no delay, expected a number and one of s, m, h, d`,
              { code: 'DELAY_LEVELS_MALFORMED' },
            );
          }
          return count * unitMs;
        }),
    );
  }

  /** Highest level. */
  get max(): number {
    return this.#delaysMs.length;
  }

  /** What a level beyond the highest is taken for. */
  clamp(level: number): number {
    return Math.min(level, this.max);
  }

  /** @param level from 1 to {@link max}; higher ones are taken for the highest */
  delayMs(level: number): number {
    return this.#delaysMs[this.clamp(level) - 1] ?? 0;
  }

  all(): readonly number[] {
    return this.#delaysMs;
  }
}
