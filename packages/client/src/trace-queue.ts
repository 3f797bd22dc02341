/**
 * Trace lines on their way to the trace topic: collected, and sent together half a second after the first or
 * when there are enough. What is traced never waits for its trace, and does not fail with it: lines that do
 * not fit the bounds, or cannot be sent, are lost and logged.
 *
 * Source: AsyncTraceDispatcher.java.
 */
import { toError } from '@orbitmq/kernel';
import { SystemTopic } from '@orbitmq/protocol';
import type { Timer } from '@orbitmq/runtime';
import { type ClientCore, localIp } from './client-core.ts';
import { type OutgoingSettings, prepareMessage } from './outgoing.ts';
import { QueueChooser } from './queue-chooser.ts';
import { Sender } from './sender.ts';
import type { Traced } from './trace-lines.ts';
import { UniqueIds } from './unique-id.ts';

/** Where traces go. */
export interface TraceOptions {
  /** `RMQ_SYS_TRACE_TOPIC` when absent. */
  readonly topic?: string | undefined;
}

const SEND_TIMEOUT_MS = 5_000;
const FLUSH_MS = 500;
/** Characters of one trace message: Apache's traces have at most 128 000 bytes. */
const MAX_TEXT = 118_000;
/** Characters of its keys, so that they fit the properties. */
const MAX_KEYS = 24_000;
/** Trace messages under way; lines that come while there are more are lost. */
const MAX_SENDS = 16;
const SETTINGS: OutgoingSettings = {
  maxMessageBytes: 1_048_576,
  compressFromBytes: 4_096,
  compression: 'zlib',
  // One trace topic for all namespaces.
  namespace: undefined,
};

let instances = 0;

export class TraceQueue {
  readonly topic: string;
  readonly #core: ClientCore;
  readonly #sender: Sender;
  readonly #ids: UniqueIds;
  readonly #sends = new Set<Promise<void>>();
  #text = '';
  #keys = new Set<string>();
  #keysLength = 0;
  #timer: Timer | undefined;
  #lost = 0;
  #isClosed = false;

  /** @param name of the group whose lines these are, and whether it sends or consumes */
  constructor(core: ClientCore, name: string, { topic = SystemTopic.trace }: TraceOptions) {
    this.#core = core;
    this.topic = topic;
    const { random, clock } = core;
    this.#ids = new UniqueIds({ ip: localIp(), pid: process.pid, random, clock });
    const chooser = new QueueChooser({ random, clock, avoidsSlowBrokers: false });
    this.#sender = new Sender(core, chooser, {
      group: `_INNER_TRACE_PRODUCER-${name}-${++instances}`,
      retries: 2,
      attemptTimeoutMs: undefined,
      retriesWhenNotSafe: false,
      retriedCodes: [],
      hooks: [],
    });
  }

  /** An id that joins two lines. */
  nextId(): string {
    return this.#ids.next();
  }

  /** Whether messages of the topic are traced: traces are not. */
  isTraced(topic: string): boolean {
    return !topic.startsWith(this.topic);
  }

  add(line: string, { messageId, keys }: Pick<Traced, 'messageId' | 'keys'>): void {
    // A listener that ends after its consumer.
    if (this.#isClosed) return;
    const isFull = this.#text.length + line.length > MAX_TEXT || this.#keysLength > MAX_KEYS;
    if (isFull) this.#flush();
    this.#text += line;
    this.#addKey(messageId);
    for (const key of keys?.split(' ') ?? []) this.#addKey(key);
    this.#timer ??= this.#core.timers.after(FLUSH_MS, () => this.#flush());
  }

  /** Sends what was collected, and waits until nothing is under way; nothing is added any more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#flush();
    await Promise.all(this.#sends);
  }

  /** A key that does not fit is left out: the line itself says it still. */
  #addKey(key: string): void {
    if (key === '' || this.#keysLength + key.length > MAX_KEYS + 64) return;
    if (!this.#keys.has(key)) this.#keysLength += key.length + 1;
    this.#keys.add(key);
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const [text, keys] = [this.#text, [...this.#keys]];
    this.#text = '';
    this.#keys = new Set();
    this.#keysLength = 0;
    if (text === '') return;
    if (this.#sends.size >= MAX_SENDS) {
      this.#lose(undefined);
      return;
    }
    const sending = this.#send(text, keys).finally(() => this.#sends.delete(sending));
    this.#sends.add(sending);
  }

  async #send(body: string, keys: readonly string[]): Promise<void> {
    try {
      const message = { topic: this.topic, body, keys };
      const outgoing = await prepareMessage(message, this.#ids, SETTINGS);
      await this.#sender.send(outgoing, undefined, SEND_TIMEOUT_MS);
    } catch (error) {
      this.#lose(error);
    }
  }

  #lose(error: unknown): void {
    this.#lost++;
    const err = error === undefined ? undefined : toError(error);
    this.#core.log.warn({ topic: this.topic, lost: this.#lost, err }, 'traces were lost');
  }
}
