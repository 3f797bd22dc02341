/** Requests of one connection that wait for their answers. */
import type { RocketMqError } from '@orbitmq/kernel';
import type { FrameView } from '@orbitmq/protocol';
import type { Expiring, TimeoutWheel } from './timeout-wheel.ts';

/** Who waits for an answer; exactly one of the two is called, once. */
export interface ReplyReceiver {
  /** `frame` is valid during the call only. */
  onReply(frame: FrameView): void;
  onFailure(error: RocketMqError): void;
}

/** Called when nobody answered in time; the request is no longer pending. */
type OnTimeout = (pending: PendingRequest) => void;

export class PendingRequest implements Expiring {
  readonly opaque: number;
  readonly code: number;
  readonly timeoutMs: number;
  readonly receiver: ReplyReceiver;
  /** How often the connection had read when this was sent. */
  readonly readsBefore: number;
  readonly #requests: PendingRequests;
  deadlineMs = 0;
  nextExpiring: Expiring | undefined = undefined;
  previousExpiring: Expiring | undefined = undefined;
  expiringSlot = -1;

  constructor(
    requests: PendingRequests,
    request: { readonly opaque: number; readonly code: number; readonly timeoutMs: number },
    receiver: ReplyReceiver,
    readsBefore: number,
  ) {
    this.#requests = requests;
    this.opaque = request.opaque;
    this.code = request.code;
    this.timeoutMs = request.timeoutMs;
    this.receiver = receiver;
    this.readsBefore = readsBefore;
  }

  onExpired(): void {
    this.#requests.expire(this);
  }
}

export class PendingRequests {
  readonly #byOpaque = new Map<number, PendingRequest>();
  readonly #wheel: TimeoutWheel;
  readonly #onTimeout: OnTimeout;

  constructor(wheel: TimeoutWheel, onTimeout: OnTimeout) {
    this.#wheel = wheel;
    this.#onTimeout = onTimeout;
  }

  get size(): number {
    return this.#byOpaque.size;
  }

  add(pending: PendingRequest): void {
    this.#byOpaque.set(pending.opaque, pending);
    this.#wheel.add(pending, pending.timeoutMs);
  }

  /** @returns false when nobody waits for this answer (any more) */
  answer(frame: FrameView): boolean {
    const pending = frame.hasOpaque ? this.#byOpaque.get(frame.opaque) : undefined;
    if (pending === undefined) return false;
    this.#byOpaque.delete(pending.opaque);
    this.#wheel.remove(pending);
    pending.receiver.onReply(frame);
    return true;
  }

  expire(pending: PendingRequest): void {
    if (this.#byOpaque.delete(pending.opaque)) this.#onTimeout(pending);
  }

  /** Ends all of them: nothing will be answered any more. */
  failAll(error: RocketMqError): void {
    const all = [...this.#byOpaque.values()];
    this.#byOpaque.clear();
    for (const pending of all) {
      this.#wheel.remove(pending);
      pending.receiver.onFailure(error);
    }
  }
}
