import { MAX_FRAME_BYTES } from '@orbitmq/protocol';
import type { ClientOptions } from './client-options.ts';
import type { Compression } from './compression.ts';
import type { Message, MessageQueue } from './message.ts';
import {
  checkHasMethods,
  checkIsList,
  duration,
  flag,
  inRange,
  MAX_INT,
  oneOf,
} from './option-checks.ts';
import type { SendHook } from './send-hook.ts';
import type { TransactionListener } from './transactions.ts';

export interface ProducerOptions extends ClientOptions {
  readonly group: string;
  /** Time for a send with all its attempts and look-ups, in milliseconds; 3000 when absent. */
  readonly sendTimeoutMs?: number | undefined;
  /** Time for one attempt as long as others may follow, in milliseconds; what is left of the whole when absent. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Further attempts, at other brokers where there are some, 0 to 100; 2 when absent. */
  readonly retries?: number | undefined;
  /** Response codes after which another attempt is made, besides {@link RETRIED_CODES}. */
  readonly retriedCodes?: readonly number[] | undefined;
  /** Whether a message that was stored, but not flushed or replicated in time, is sent to another broker too. */
  readonly retriesWhenNotSafe?: boolean | undefined;
  /** Bodies of at least so many bytes are compressed, `Infinity` for none; 4096 when absent. */
  readonly compressFromBytes?: number | undefined;
  /** How; `zlib` when absent, which every client reads. `lz4` and `zstd` need clients from 5.0 on. */
  readonly compression?: Compression | undefined;
  /** Largest body before compression, in bytes; 4 MiB when absent. */
  readonly maxMessageBytes?: number | undefined;
  /** Sends that may be under way; one more is refused. 10 000 when absent. */
  readonly maxInFlight?: number | undefined;
  /** Bytes of their bodies; a send that would exceed them is refused. 100 MiB when absent. */
  readonly maxInFlightBytes?: number | undefined;
  /** See every attempt to send, before and after. */
  readonly sendHooks?: readonly SendHook[] | undefined;
  /** Does the sender's own work of transactions, and answers what brokers ask about them. */
  readonly transactionListener?: TransactionListener | undefined;
  /** Whether brokers that were slow or failed are avoided for a while. */
  readonly avoidsSlowBrokers?: boolean | undefined;
}

/** Chooses the queue of a message. */
export type QueueSelector = (queues: readonly MessageQueue[], message: Message) => MessageQueue;

export interface SendOptions {
  /** Time for this send instead of `sendTimeoutMs`, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Sends to this queue, without another attempt elsewhere. */
  readonly queue?: MessageQueue | undefined;
  /** Chooses a queue, without another attempt elsewhere. */
  readonly selector?: QueueSelector | undefined;
}

export type SendStatus =
  | 'SEND_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE';

export interface SendResult {
  /** Anything but SEND_OK: the message is stored, but not yet as safe as the broker is configured for. */
  readonly status: SendStatus;
  /** Unique id; those of a batch joined by commas. */
  readonly messageId: string;
  /** Id by place; those of a batch joined by commas. */
  readonly offsetMessageId: string;
  readonly queue: MessageQueue;
  /** Of the first message of a batch. */
  readonly queueOffset: number;
  /** Takes a timer message back, where the broker offers that. */
  readonly recallHandle?: string | undefined;
  readonly transactionId?: string | undefined;
  /** The broker's region, `DefaultRegion` when it does not say. */
  readonly regionId: string;
  /** Whether the broker wants this send to be traced. */
  readonly isTraced: boolean;
}

export const PRODUCER_DEFAULTS = {
  sendTimeoutMs: 3_000,
  retries: 2,
  compressFromBytes: 4_096,
  compression: 'zlib',
  maxMessageBytes: 4_194_304,
  maxInFlight: 10_000,
  /** `backPressureForAsyncSendSize` of 5.x. */
  maxInFlightBytes: 104_857_600,
} as const;

/** Each attempt takes a round trip at least; whoever wants more tries again himself, later. */
const MAX_RETRIES = 100;
const COMPRESSIONS: readonly Compression[] = ['zlib', 'lz4', 'zstd'];

/** What a producer does, with what applies where options are absent. */
export interface ProducerSettings {
  readonly sendTimeoutMs: number;
  readonly attemptTimeoutMs: number | undefined;
  readonly retries: number;
  readonly retriedCodes: readonly number[];
  readonly retriesWhenNotSafe: boolean;
  readonly avoidsSlowBrokers: boolean;
  readonly sendHooks: readonly SendHook[];
  readonly compressFromBytes: number;
  readonly compression: Compression;
  readonly maxMessageBytes: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function producerSettings(options: ProducerOptions): ProducerSettings {
  const { attemptTimeoutMs, compressFromBytes = PRODUCER_DEFAULTS.compressFromBytes } = options;
  const { retriedCodes = [], sendHooks = [], transactionListener } = options;
  checkIsList('retriedCodes', retriedCodes, (name, code) => inRange(name, code, 0, MAX_INT));
  checkIsList('sendHooks', sendHooks, (name, hook) => checkHasMethods(name, hook, []));
  if (transactionListener !== undefined) {
    checkHasMethods('transactionListener', transactionListener, ['executeLocal', 'check']);
  }
  const integer = (
    name: 'retries' | 'maxMessageBytes' | 'maxInFlight' | 'maxInFlightBytes',
    min: number,
    max: number,
  ): number => inRange(name, options[name] ?? PRODUCER_DEFAULTS[name], min, max);
  return {
    sendTimeoutMs: duration(
      'sendTimeoutMs',
      options.sendTimeoutMs ?? PRODUCER_DEFAULTS.sendTimeoutMs,
    ),
    attemptTimeoutMs:
      attemptTimeoutMs === undefined ? undefined : duration('attemptTimeoutMs', attemptTimeoutMs),
    retries: integer('retries', 0, MAX_RETRIES),
    retriedCodes,
    retriesWhenNotSafe: flag('retriesWhenNotSafe', options.retriesWhenNotSafe ?? false),
    avoidsSlowBrokers: flag('avoidsSlowBrokers', options.avoidsSlowBrokers ?? false),
    sendHooks,
    // Infinity is for never.
    compressFromBytes:
      compressFromBytes === Number.POSITIVE_INFINITY
        ? compressFromBytes
        : inRange('compressFromBytes', compressFromBytes, 0, MAX_INT),
    compression: oneOf(
      'compression',
      options.compression ?? PRODUCER_DEFAULTS.compression,
      COMPRESSIONS,
    ),
    maxMessageBytes: integer('maxMessageBytes', 1, MAX_FRAME_BYTES),
    maxInFlight: integer('maxInFlight', 1, MAX_INT),
    maxInFlightBytes: integer('maxInFlightBytes', 1, Number.MAX_SAFE_INTEGER),
  };
}
