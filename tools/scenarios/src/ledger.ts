/** What a broker acknowledged, kept outside of it, and what it has to serve ever after. */

export interface Acknowledged {
  readonly queueId: number;
  /** In messages. */
  readonly queueOffset: number;
  readonly body: string;
}

/** Bodies by queue offset, from the queue's first message on, in the order in which they were served. */
export type ServedQueue = ReadonlyMap<number, string>;

/** The broker does not serve what it acknowledged, or serves something else. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** Grows with every message that is sent: a few hundred bytes each. */
export class Ledger {
  /** By queue, then by queue offset. */
  readonly #queues = new Map<number, Map<number, string>>();
  /** Every body that was sent, acknowledged or not: nothing else may be served. */
  readonly #sent = new Set<string>();
  #size = 0;

  /** Messages that were acknowledged. */
  get size(): number {
    return this.#size;
  }

  /** @param body sent once, and by nobody else */
  sent(body: string): void {
    this.#sent.add(body);
  }

  /** @throws {BrokenPromise} when two messages were given one place */
  acknowledged({ queueId, queueOffset, body }: Acknowledged): void {
    let queue = this.#queues.get(queueId);
    if (queue === undefined) {
      queue = new Map();
      this.#queues.set(queueId, queue);
    }
    const before = queue.get(queueOffset);
    if (before !== undefined) {
      throw new BrokenPromise(
        `${queueId}@${queueOffset} was given to ${brief(before)}, and then to ${brief(body)}`,
      );
    }
    queue.set(queueOffset, body);
    this.#size++;
  }

  /**
   * Compares all queues from their first message to their end.
   *
   * @throws {BrokenPromise} when an acknowledged message is missing or another, a queue has a gap, or a
   *   message is served that nobody sent, or in two places
   */
  check(served: ReadonlyMap<number, ServedQueue>): void {
    for (const [queueId, acknowledged] of this.#queues) {
      for (const [offset, body] of acknowledged) {
        const found = served.get(queueId)?.get(offset);
        if (found === body) continue;
        throw new BrokenPromise(
          `${queueId}@${offset} was acknowledged with ${brief(body)}; served is ${brief(found)}`,
        );
      }
    }
    const seen = new Set<string>();
    for (const [queueId, queue] of served) {
      let expected = 0;
      for (const [offset, body] of queue) {
        if (offset !== expected) throw new BrokenPromise(`queue ${queueId} lacks ${expected}`);
        if (!this.#sent.has(body)) {
          throw new BrokenPromise(`${queueId}@${offset} serves ${brief(body)}, which nobody sent`);
        }
        if (seen.has(body)) {
          throw new BrokenPromise(`${queueId}@${offset} serves ${brief(body)} a second time`);
        }
        seen.add(body);
        expected++;
      }
    }
  }
}

const BRIEF_CHARACTERS = 24;

/** Bodies begin with what tells them apart. */
function brief(body: string | undefined): string {
  return body === undefined ? 'nothing' : `"${body.slice(0, BRIEF_CHARACTERS)}"`;
}
