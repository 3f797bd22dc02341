/**
 * Ids of messages, made by their sender: 16 bytes as upper-case hex.
 *
 *   offset  size  content
 *   0       4     IPv4 address
 *   4       2     process id, low 16 bits
 *   6       4     random, one for each generator
 *   10      4     milliseconds since the start of the month, local time
 *   14      2     counter
 *
 * Source: MessageClientIDSetter.java.
 */
import type { Clock, Random } from '@orbitmq/runtime';

export interface UniqueIdOptions {
  /** Numeric, IPv4. */
  readonly ip: string;
  readonly pid: number;
  readonly random: Random;
  readonly clock: Clock;
}

export class UniqueIds {
  readonly #prefix: string;
  readonly #clock: Clock;
  #monthStartMs = 0;
  #nextMonthMs = 0;
  #counter = 0;

  constructor({ ip, pid, random, clock }: UniqueIdOptions) {
    const address = ip
      .split('.')
      .map((part) => hex(Number(part), 2))
      .join('');
    this.#prefix = `${address}${hex(pid & 0xffff, 4)}${hex(random.below(0x1_0000_0000), 8)}`;
    this.#clock = clock;
  }

  next(): string {
    const nowMs = this.#clock.now();
    if (nowMs >= this.#nextMonthMs || nowMs < this.#monthStartMs) this.#startMonth(nowMs);
    const id = `${this.#prefix}${hex(nowMs - this.#monthStartMs, 8)}${hex(this.#counter, 4)}`;
    this.#counter = (this.#counter + 1) & 0xffff;
    return id;
  }

  #startMonth(nowMs: number): void {
    const now = new Date(nowMs);
    this.#monthStartMs = new Date(now.getFullYear(), now.getMonth(), 1).getTime();
    this.#nextMonthMs = new Date(now.getFullYear(), now.getMonth() + 1, 1).getTime();
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
