/**
 * Asks producers what became of half messages they did not settle.
 *
 * Every `transactionCheckInterval` the half queue is gone through from its first unsettled message on. One
 * that is old enough (`transactionTimeOut`, or what it says itself) is stored again, its count of checks
 * one higher, and a producer of its group that is connected now is asked about the copy. After
 * `transactionCheckMax` times, answered or not, it is moved to TRANS_CHECK_MAX_TIME_TOPIC.
 *
 * Source: TransactionalMessageServiceImpl.java (check), AbstractTransactionalMessageCheckListener.java.
 */
import { type Logger, toError } from '@orbitmq/kernel';
import { checkTransactionState, encodeMessageId, PropertyName } from '@orbitmq/protocol';
import type { Clock, Timer, Timers } from '@orbitmq/runtime';
import type { BrokerConfig } from '../broker-config.ts';
import type { ProducerGroups } from '../clients/producer-groups.ts';
import type { StoredRecord } from '../send/stored-record.ts';
import { checkTimesOf, ownImmunityMs, recordToCheck } from './half-message.ts';
import type { HalfCopy, HalfMessages } from './half-messages.ts';

/** Half messages that are stored again at a time: the log takes them together. */
const MAX_IN_FLIGHT = 256;
const HOUR_MS = 3_600_000;
/** How often the offsets of what is settled are noted. Apache does so once a round; a restart reads less so. */
const PROGRESS_PERIOD_MS = 1_000;
/** A round that was asked to pause sooner would leave no time for anything else. */
const MIN_INTERVAL_MS = 100;

export type CheckConfig = Pick<
  BrokerConfig,
  | 'brokerName'
  | 'transactionTimeOut'
  | 'transactionCheckMax'
  | 'transactionCheckInterval'
  | 'fileReservedTime'
>;

export interface TransactionCheckerOptions {
  readonly halfMessages: HalfMessages;
  readonly producers: ProducerGroups;
  readonly config: CheckConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

export class TransactionChecker {
  readonly #options: TransactionCheckerOptions;
  #timer: Timer | undefined;
  readonly #progressTimer: Timer;
  #round: Promise<void> = Promise.resolve();
  #saving: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: TransactionCheckerOptions) {
    this.#options = options;
    this.#progressTimer = options.timers.every(PROGRESS_PERIOD_MS, () => this.#saveProgress());
    this.#checkLater();
  }

  /** One round; rounds must not overlap. Never rejects. */
  async check(): Promise<void> {
    const { halfMessages, log } = this.#options;
    try {
      await halfMessages.loaded;
      await this.#goThrough();
    } catch (error) {
      log.error({ err: toError(error) }, 'half messages could not be checked');
    }
  }

  /** Stops after the messages that are under way, and notes what is settled. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#progressTimer.cancel();
    await this.#round;
    await this.#saving;
    await this.#options.halfMessages.saveProgress();
  }

  #checkLater(): void {
    if (this.#isClosed) return;
    const { timers, config } = this.#options;
    const intervalMs = Math.max(MIN_INTERVAL_MS, config.transactionCheckInterval);
    this.#timer = timers.after(intervalMs, () => {
      this.#round = this.check().finally(() => this.#checkLater());
    });
  }

  async #goThrough(): Promise<void> {
    const { halfMessages, log } = this.#options;
    // Copies that this round appends wait for the next one.
    const { end } = halfMessages;
    const unasked = new Set<string>();
    let inFlight: Promise<void>[] = [];
    let offset = halfMessages.nextUnsettled(0, end);
    for (; offset < end && !this.#isClosed; offset = halfMessages.nextUnsettled(offset + 1, end)) {
      const half = await halfMessages.at(offset);
      if (half === undefined) halfMessages.forget(offset);
      else if (!halfMessages.isOutdated(half)) inFlight.push(this.#check(half, unasked));
      if (inFlight.length < MAX_IN_FLIGHT) continue;
      await Promise.all(inFlight);
      inFlight = [];
    }
    await Promise.all(inFlight);
    if (unasked.size > 0) {
      log.warn({ groups: [...unasked].slice(0, 10) }, 'no producer of the group to ask');
    }
  }

  async #check(half: StoredRecord, unasked: Set<string>): Promise<void> {
    const { halfMessages, config, clock, log } = this.#options;
    const ageMs = clock.now() - half.bornTimestampMs;
    const checkTimes = checkTimesOf(half);
    const ownMs = ownImmunityMs(half, config.transactionTimeOut);
    if (checkTimes >= config.transactionCheckMax || ageMs > config.fileReservedTime * HOUR_MS) {
      const isMoved = await halfMessages.giveUp(half);
      const { queueOffset } = half;
      if (isMoved) log.warn({ queueOffset, checkTimes, ageMs }, 'half message given up');
      return;
    }
    // Its clock may be ahead of ours: what is not born yet is asked for, as by Apache.
    if (ownMs === undefined && ageMs >= 0 && ageMs < config.transactionTimeOut) return;
    if (!halfMessages.canAskMore) return;
    if (ownMs !== undefined && ageMs >= 0 && ageMs < ownMs) {
      // Stored again, or the queue's beginning would wait for it.
      await halfMessages.copy(half, checkTimes);
      return;
    }
    const copy = await halfMessages.copy(half, checkTimes + 1);
    if (copy === 'illegal') await halfMessages.giveUp(half);
    else if (copy !== undefined) this.#ask(half, copy, unasked);
  }

  #ask(half: StoredRecord, copy: HalfCopy, unasked: Set<string>): void {
    const { producers, config, log } = this.#options;
    const group = half.properties[PropertyName.producerGroup] ?? '';
    const member = producers.pick(group);
    if (member === undefined) {
      unasked.add(group);
      return;
    }
    const { queueOffset, physicalOffset } = copy;
    const uniqueKey = half.properties[PropertyName.uniqueKey];
    const request = {
      tranStateTableOffset: queueOffset,
      commitLogOffset: physicalOffset,
      msgId: uniqueKey,
      transactionId: uniqueKey,
      offsetMsgId: encodeMessageId(half.storeHost, physicalOffset),
      topic: half.realTopic,
      bname: config.brokerName,
    };
    try {
      const body = recordToCheck(half, copy.record, copy);
      member.connection.notify(checkTransactionState, request, body);
    } catch (error) {
      log.warn({ group, peer: member.connection.remoteAddress, err: toError(error) }, 'not asked');
    }
  }

  #saveProgress(): void {
    const { halfMessages, log } = this.#options;
    this.#saving ??= halfMessages
      .saveProgress()
      .catch((error: unknown) => {
        log.error({ err: toError(error) }, 'progress of transactions could not be noted');
      })
      .finally(() => {
        this.#saving = undefined;
      });
  }
}
