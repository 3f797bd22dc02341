/**
 * Transactions: a half message that nobody sees, the sender's own work, and the word that ends it. When
 * that word is lost the broker asks, any producer of the group.
 *
 * Source: DefaultMQProducerImpl.java (sendMessageInTransaction, checkTransactionState), TransactionMQProducer.java.
 */
import { RocketMqError, toError } from '@orbitmq/kernel';
import {
  checkTransactionState,
  decodeMessageId,
  decodeRecords,
  endTransaction,
  MessageSysFlag,
  messageIdOf,
  PropertyName,
  type RequestOf,
} from '@orbitmq/protocol';
import { guarded } from './application-calls.ts';
import type { ClientCore } from './client-core.ts';
import { ClientErrorCode } from './client-error.ts';
import { decompress } from './compression.ts';
import { ConsumePool } from './consume-pool.ts';
import { within } from './deadline.ts';
import { type Message, type ReceivedMessage, receivedMessage } from './message.ts';
import { messageWithout, withoutNamespace } from './namespace.ts';
import { keysTextOf, type SystemProperties } from './outgoing.ts';
import type { SendResult } from './producer-options.ts';
import { HOOK_FAILED, type SendHook, type TransactionEnd } from './send-hook.ts';

/** What became of the sender's own work; `unknown` lets the broker ask later. */
export type TransactionState = 'commit' | 'rollback' | 'unknown';

/** The sender's side of its transactions. What a method throws counts as `unknown`, and is logged. */
export interface TransactionListener {
  /**
   * Does the sender's own work. Called once, after the half message was stored.
   *
   * @param argument what `sendInTransaction` was given
   * @param transactionId the message's unique id, the same that `check` sees
   */
  executeLocal(
    message: Message,
    argument: unknown,
    transactionId: string,
  ): TransactionState | Promise<TransactionState>;
  /**
   * Says what became of a transaction: perhaps of another process, for the broker asks any producer of the
   * group. May be called several times, also while `executeLocal` runs.
   */
  check(message: ReceivedMessage): TransactionState | Promise<TransactionState>;
}

export interface TransactionResult extends SendResult {
  /** What the broker was told. */
  readonly state: TransactionState;
}

type CheckRequest = RequestOf<typeof checkTransactionState>;

/** Checks that run at the same time: they usually ask a database. */
const CONCURRENT_CHECKS = 16;
/** Checks that wait; more are dropped, the broker asks again. `checkRequestHoldMax`. */
const MAX_WAITING_CHECKS = 2_000;

const FLAG_OF_STATE: Readonly<Record<TransactionState, number>> = {
  commit: MessageSysFlag.transactionCommit,
  rollback: MessageSysFlag.transactionRollback,
  unknown: 0,
};

export interface TransactionsOptions {
  /** With its namespace. */
  readonly group: string;
  readonly listener: TransactionListener;
  readonly hooks: readonly SendHook[];
}

/** A half message that a broker has. */
export interface HalfMessage {
  readonly message: Message;
  /** With its namespace. */
  readonly topic: string;
  readonly result: SendResult;
  /** For `executeLocal`. */
  readonly argument: unknown;
  /** How long the broker is looked for and told, in milliseconds, after the sender's work. It asks when that is not enough. */
  readonly limitMs: number;
}

export class Transactions {
  readonly #core: ClientCore;
  readonly #group: string;
  readonly #listener: TransactionListener;
  readonly #hooks: readonly SendHook[];
  readonly #checks = new ConsumePool(CONCURRENT_CHECKS);
  #waitingChecks = 0;

  constructor(core: ClientCore, { group, listener, hooks }: TransactionsOptions) {
    this.#core = core;
    this.#group = group;
    this.#listener = listener;
    this.#hooks = hooks;
    core.remoting.register(checkTransactionState, (request, { connection, command }) => {
      this.#onCheck(request, connection.remoteAddress, command.body);
    });
  }

  /** What makes a message half of a transaction. */
  get halfProperties(): SystemProperties {
    return {
      [PropertyName.transactionPrepared]: 'true',
      [PropertyName.producerGroup]: this.#group,
    };
  }

  /** Does the sender's work for a half message that was stored, and tells the broker. Never rejects. */
  async finish(half: HalfMessage): Promise<TransactionState> {
    const { message, result, argument, limitMs } = half;
    const { messageId } = result;
    // Stored, but perhaps not for long: Apache's clients do not begin such a transaction.
    const state =
      result.status === 'SEND_OK'
        ? await this.#stateFrom(() => this.#listener.executeLocal(message, argument, messageId))
        : 'rollback';
    try {
      await within(this.#core.timers, limitMs, this.#tell(half, state), () => {
        return new RocketMqError(`the broker could not be told within ${limitMs} ms`, {
          code: ClientErrorCode.sendFailed,
        });
      });
    } catch (error) {
      this.#core.log.warn({ messageId, err: toError(error) }, 'a transaction was not ended');
    }
    return state;
  }

  async #tell(half: HalfMessage, state: TransactionState): Promise<void> {
    const { message, topic, result } = half;
    const { messageId, transactionId } = result;
    const { brokerName } = result.queue;
    const route = await this.#core.publishRoute(topic);
    if (route === undefined) return;
    const address = this.#core.masterOf(route, brokerName);
    await this.#core.remoting.notify(address, endTransaction, {
      producerGroup: this.#group,
      tranStateTableOffset: result.queueOffset,
      commitLogOffset: decodeMessageId(result.offsetMessageId).physicalOffset,
      commitOrRollback: FLAG_OF_STATE[state],
      fromTransactionCheck: false,
      msgId: messageId,
      transactionId,
      topic,
      bname: brokerName,
    });
    const ended = {
      topic,
      messageId,
      transactionId,
      tags: message.tags,
      keys: keysTextOf(message),
    };
    this.#onEnded(ended, address, state, false);
  }

  /** Resolves when no check runs; those that wait are dropped. */
  drain(): Promise<void> {
    return this.#checks.drain();
  }

  #onCheck(request: CheckRequest, address: string, body: Buffer | undefined): void {
    if (this.#waitingChecks >= MAX_WAITING_CHECKS) {
      this.#core.log.warn({ address }, 'a transaction check was dropped: too many wait');
      return;
    }
    this.#waitingChecks++;
    this.#checks.add(async () => {
      this.#waitingChecks--;
      try {
        await this.#answerCheck(request, address, body);
      } catch (error) {
        this.#core.log.warn({ address, err: toError(error) }, 'a check was not answered');
      }
    });
  }

  async #answerCheck(
    request: CheckRequest,
    address: string,
    body: Buffer | undefined,
  ): Promise<void> {
    const [stored] = decodeRecords(body ?? Buffer.alloc(0));
    if (stored === undefined || stored.properties[PropertyName.producerGroup] !== this.#group) {
      this.#core.log.warn({ address }, 'a check without a message of this group was ignored');
      return;
    }
    const content = await decompress(stored.body, stored.sysFlag);
    const received = receivedMessage(stored, content, request.bname ?? '');
    const message = messageWithout(received, this.#core.namespace);
    const state = await this.#stateFrom(() => this.#listener.check(message));
    await this.#core.remoting.notify(address, endTransaction, {
      producerGroup: this.#group,
      tranStateTableOffset: request.tranStateTableOffset,
      commitLogOffset: request.commitLogOffset,
      commitOrRollback: FLAG_OF_STATE[state],
      fromTransactionCheck: true,
      msgId: messageIdOf(stored),
      transactionId: request.transactionId,
      topic: request.topic,
      bname: request.bname,
    });
    const { topic, messageId, tags } = message;
    const { transactionId } = request;
    const keys = stored.properties[PropertyName.keys];
    this.#onEnded({ topic, messageId, transactionId, tags, keys }, address, state, true);
  }

  // oxlint-disable-next-line max-params -- the pieces of an end
  #onEnded(
    ended: Pick<TransactionEnd, 'topic' | 'messageId' | 'transactionId' | 'tags' | 'keys'>,
    brokerAddress: string,
    state: TransactionState,
    isFromCheck: boolean,
  ): void {
    const { log, namespace } = this.#core;
    const group = withoutNamespace(this.#group, namespace);
    const topic = withoutNamespace(ended.topic, namespace);
    const end = { ...ended, group, topic, brokerAddress, state, isFromCheck };
    for (const hook of this.#hooks) guarded(log, HOOK_FAILED, () => hook.transactionEnded?.(end));
  }

  async #stateFrom(
    ask: () => TransactionState | Promise<TransactionState>,
  ): Promise<TransactionState> {
    try {
      const state = await ask();
      return Object.hasOwn(FLAG_OF_STATE, state) ? state : 'unknown';
    } catch (error) {
      this.#core.log.warn({ err: toError(error) }, 'a transaction listener failed');
      return 'unknown';
    }
  }
}
