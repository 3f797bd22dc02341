/**
 * Unique message ids, 32 upper-case hex digits:
 *
 *   offset  size  field
 *   0       4     IPv4 address of this machine
 *   4       2     pid, low 16 bits
 *   6       4     random, once a process
 *   10      4     milliseconds since the month began, local time
 *   14      2     counter, low 16 bits
 *
 * Source: MessageClientIDSetter.java.
 */
import type { Clock, Random } from '@orbitmq/runtime';

const ID_BYTES = 16;

export class UniqueIds {
  readonly #clock: Clock;
  readonly #prefix = Buffer.alloc(10);
  #counter = 0;

  constructor(clock: Clock, random: Random, ip: string) {
    this.#clock = clock;
    const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
    this.#prefix.set([a, b, c, d]);
    this.#prefix.writeUInt16BE(process.pid & 0xffff, 4);
    this.#prefix.writeUInt32BE(Math.floor(random.next() * 2 ** 32), 6);
  }

  next(): string {
    const now = this.#clock.now();
    const date = new Date(now);
    const monthStart = new Date(date.getFullYear(), date.getMonth(), 1).getTime();
    const id = Buffer.alloc(ID_BYTES);
    this.#prefix.copy(id);
    id.writeInt32BE(now - monthStart, 10);
    id.writeUInt16BE(this.#counter++ & 0xffff, 14);
    return id.toString('hex').toUpperCase();
  }
}
