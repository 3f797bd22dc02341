/**
 * Timer messages on their way in: whether one is taken, and how it is stored in the timer topic.
 *
 * Source: HookUtils.java (handleScheduleMessage, transformTimerMessage), TimerMessageStore.java (isReject).
 */
import { PropertyName, ResponseCode } from '@orbitmq/protocol';
import type { Clock, Random } from '@orbitmq/runtime';
import type { BrokerConfig } from '../broker-config.ts';
import type { Refusal } from '../send/send-refusal.ts';
import { printRecallHandle } from './recall-handle.ts';
import { deliveryTimeOf, slotOf } from './timer-time.ts';

/**
 * Messages of one slot, whatever `timerCongestNumEachSlot` says: they are in memory together when they are
 * due, 40 bytes each.
 */
export const MAX_SLOT_MESSAGES = 4_000_000;

export type TimerConfig = Pick<
  BrokerConfig,
  | 'timerWheelEnable'
  | 'timerPrecisionMs'
  | 'timerMaxDelaySec'
  | 'timerCongestNumEachSlot'
  | 'timerRollWindowSlot'
  | 'timerStopEnqueue'
  | 'timerStopDequeue'
  | 'recallMessageEnable'
  | 'brokerName'
>;

export interface TimerIntakeOptions {
  readonly config: TimerConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Messages that wait in a slot. */
  readonly slotCount: (slot: number) => number;
}

/** `now`: an ordinary message. Otherwise the properties under which it waits. */
export type Intake = 'now' | { readonly outMs: number } | Refusal;

export class TimerIntake {
  readonly #options: TimerIntakeOptions;

  constructor(options: TimerIntakeOptions) {
    this.#options = options;
  }

  take(properties: Readonly<Record<string, string>>): Intake {
    const { config, clock } = this.#options;
    if (!config.timerWheelEnable) {
      return {
        code: ResponseCode.SYSTEM_ERROR,
        remark: 'accurate timer message is not enabled, timerWheelEnable is false',
      };
    }
    const nowMs = clock.now();
    const wantedMs = deliveryTimeOf(properties, nowMs) ?? Number.NaN;
    if (Number.isNaN(wantedMs)) return this.#illegal();
    const isRecall = properties[PropertyName.timerDeleteUniqueKey] !== undefined;
    if (wantedMs <= nowMs) return isRecall ? this.#illegal() : 'now';
    if (wantedMs - nowMs > config.timerMaxDelaySec * 1000) return this.#illegal();
    const slot = slotOf(wantedMs, config.timerPrecisionMs);
    return this.#isCongested(slot)
      ? this.#flowControl()
      : { outMs: slot * config.timerPrecisionMs };
  }

  /** @returns undefined when messages cannot be recalled here */
  recallHandle(
    topic: string,
    outMs: number,
    properties: Readonly<Record<string, string>>,
  ): string | undefined {
    const { brokerName, recallMessageEnable } = this.#options.config;
    const uniqueKey = properties[PropertyName.uniqueKey];
    if (!recallMessageEnable || uniqueKey === undefined) return undefined;
    return printRecallHandle({ topic, brokerName, timeMs: outMs + 1, uniqueKey });
  }

  /** Between once and twice the limit some are refused, beyond that all. */
  #isCongested(slot: number): boolean {
    const { config, random, slotCount } = this.#options;
    const limit = config.timerCongestNumEachSlot;
    const count = slotCount(slot);
    if (count >= MAX_SLOT_MESSAGES) return true;
    if (count <= limit) return false;
    return count >= limit * 2 || random.next() < (count - limit) / limit;
  }

  #illegal(): Refusal {
    const maxMs = this.#options.config.timerMaxDelaySec * 1000;
    return {
      code: ResponseCode.MESSAGE_ILLEGAL,
      remark:
        `timer message illegal, the delay time should not be bigger than the max delay ${maxMs}ms; ` +
        'or if set del msg, the delay time should be bigger than the current time',
    };
  }

  #flowControl(): Refusal {
    const limit = Math.min(this.#options.config.timerCongestNumEachSlot * 2, MAX_SLOT_MESSAGES);
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `timer message is under flow control, max num limit is ${limit}`,
    };
  }
}
