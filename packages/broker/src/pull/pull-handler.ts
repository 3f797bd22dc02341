import { GrowingBuffer, toError } from '@orbitmq/kernel';
import { answerTo, type FrameView, PullSysFlag, ResponseCode } from '@orbitmq/protocol';
import type { Connection } from '@orbitmq/remoting';
import type { MessageFilter, Queue, ReadResult, ReadStatus } from '@orbitmq/store';
import type { BrokerContext } from '../broker-context.ts';
import type { Topic } from '../topics/topic.ts';
import { MAX_ANSWER_BYTES, writePullAnswer } from './pull-answer.ts';
import { type HeldPull, PullHold } from './pull-hold.ts';
import { PullRequest, readPullRequest } from './pull-request.ts';
import { PullRules, type Refusal } from './pull-rules.ts';

/** Buffers for what is read from disk, kept for the next pull; more are made and dropped as needed. */
const MAX_SPARE_BUFFERS = 8;
const RECORDS_BUFFER_BYTES = 64 * 1024;
const MAX_KEPT_BUFFER_BYTES = 512 * 1024;
/** Deadlines of held pulls are looked at so often; the reference does it every 5 s. */
export const HOLD_SWEEP_PERIOD_MS = 500;
/**
 * PULL_MESSAGE: reads a queue, or waits for its next message.
 *
 * Runs on each pull's bytes without making objects of them, as long as what is asked for is in memory.
 *
 * Source: PullMessageProcessor.java.
 */
export class PullHandler {
  readonly #context: BrokerContext;
  readonly #request = new PullRequest();
  readonly #rules: PullRules;
  readonly #hold: PullHold;
  readonly #spareBuffers: GrowingBuffer[] = [];
  #longestGetMs = 0;

  constructor(context: BrokerContext) {
    this.#context = context;
    this.#rules = new PullRules(context);
    this.#hold = new PullHold({
      maxHeld: context.config.pullThreadPoolQueueCapacity,
      retry: (pull, isExpired) => this.#retry(pull, isExpired),
    });
  }

  /** The longest a pull that found messages took since the start, milliseconds; waiting for them does not count. */
  get longestGetMs(): number {
    return this.#longestGetMs;
  }

  get heldPulls(): number {
    return this.#hold.size;
  }

  /** For the store: new messages of the queue can be read. */
  onArrival(queue: Queue): void {
    this.#hold.onArrival(queue);
  }

  /** To be called every {@link HOLD_SWEEP_PERIOD_MS}. */
  sweep(): void {
    this.#hold.expire(this.#context.clock.monotonicMs());
  }

  /** Answers all held pulls, before the broker stops. */
  releaseAll(): void {
    this.#hold.expireAll();
  }

  handle(connection: Connection, frame: FrameView): void {
    const request = this.#request;
    const invalid = readPullRequest(frame, request);
    if (invalid !== undefined) {
      refuse(connection, frame, {
        code: ResponseCode.SYSTEM_ERROR,
        remark: `header field ${invalid} is missing or malformed`,
      });
      return;
    }
    const { topics } = this.#context;
    const topicField = request.topicField;
    const topic =
      topics.byBytes(frame.buffer, frame.valueStart(topicField), frame.valueEnd(topicField)) ??
      topics.byName(frame.value(topicField) ?? '');
    const group = frame.value(request.groupField) ?? '';
    const refusal = this.#rules.refusal(request, group, topic, frame, connection.remoteAddress);
    if (refusal !== undefined) {
      refuse(connection, frame, refusal);
      return;
    }
    if (this.#isSentElsewhere(group, topic as Topic, connection, frame)) return;
    const filter = this.#rules.filterOf(request, group, topic as Topic, frame);
    if (filter !== undefined && 'code' in filter) {
      refuse(connection, frame, filter);
      return;
    }
    this.#read(connection, frame, group, topic as Topic, filter);
  }

  /** Sends a consumer to the offset that an administrator set, once. */
  #isSentElsewhere(group: string, topic: Topic, connection: Connection, frame: FrameView): boolean {
    const { resets } = this.#context;
    if (resets.isEmpty) return false;
    const { queueId } = this.#request;
    const nextBeginOffset = resets.take(topic.name, group, queueId);
    if (nextBeginOffset === undefined) return false;
    const { minOffset, maxOffset } = topic.queue(queueId);
    const code = ResponseCode.PULL_OFFSET_MOVED;
    const offsets = { nextBeginOffset, minOffset, maxOffset, suggestWhichBrokerId: 0 };
    writePullAnswer(
      connection.output,
      frame,
      { code, remark: 'OFFSET_RESET', ...offsets },
      undefined,
    );
    connection.flushLater();
    return true;
  }

  // oxlint-disable-next-line max-params -- the pieces of one request
  #read(
    connection: Connection,
    frame: FrameView,
    group: string,
    topic: Topic,
    filter: MessageFilter | undefined,
  ): void {
    const request = this.#request;
    const { config, clock } = this.#context;
    const suspendMs = config.longPollingEnable
      ? request.suspendTimeoutMs
      : config.shortPollingTimeMills;
    const pull: HeldPull = {
      connection,
      serializeType: frame.serializeType,
      opaque: frame.opaque,
      group,
      topic,
      queueId: request.queueId,
      maxMessages: request.maxMessages,
      maxBytes: request.maxBytes,
      filter,
      deadlineMs:
        (request.sysFlag & PullSysFlag.suspend) === 0 ? -1 : clock.monotonicMs() + suspendMs,
      queueOffset: request.queueOffset,
      scanOffset: request.queueOffset,
      startedMs: 0,
    };
    if ((request.sysFlag & PullSysFlag.commitOffset) !== 0) {
      this.#context.metadata.commitConsumerOffset(
        topic.name,
        group,
        request.queueId,
        request.commitOffset,
      );
    }
    this.#run(pull, true);
  }

  /** A held pull again: its queue has new messages, or its time is over. @returns false to keep holding it */
  #retry(pull: HeldPull, isExpired: boolean): boolean {
    this.#run(pull, !isExpired);
    return true;
  }

  #run(pull: HeldPull, maySuspend: boolean): void {
    pull.startedMs = this.#context.clock.monotonicMs();
    const records = this.#spareBuffers.pop() ?? new GrowingBuffer(RECORDS_BUFFER_BYTES);
    const queue = pull.topic.queue(pull.queueId);
    const result = this.#context.store.read(queue, pull.scanOffset, pull, records);
    if (!(result instanceof Promise)) {
      this.#finish(pull, queue, result, records, maySuspend);
      return;
    }
    result.then(
      (read) => this.#finish(pull, queue, read, records, maySuspend),
      (error: unknown) => {
        this.#giveBack(records);
        this.#context.log.error(
          { topic: pull.topic.name, queueId: pull.queueId, err: toError(error) },
          'pull failed while its queue was read',
        );
        refuse(pull.connection, pull, {
          code: ResponseCode.SYSTEM_ERROR,
          remark: 'store getMessage return null',
        });
      },
    );
  }

  // oxlint-disable-next-line max-params -- the pieces of one answer
  #finish(
    pull: HeldPull,
    queue: Queue,
    result: ReadResult,
    records: GrowingBuffer,
    maySuspend: boolean,
  ): void {
    const code = codeOf(result.status, pull.scanOffset);
    if (maySuspend && pull.deadlineMs >= 0 && !pull.connection.isClosed) {
      const isWaiting =
        code === ResponseCode.PULL_NOT_FOUND ||
        (code === ResponseCode.PULL_RETRY_IMMEDIATELY && pull.scanOffset > pull.queueOffset);
      if (isWaiting) {
        pull.scanOffset = Math.max(pull.scanOffset, result.nextBeginOffset);
        if (this.#hold.hold(queue, pull)) {
          this.#giveBack(records);
          return;
        }
      }
    }
    this.#answer(pull, result, records, code);
    this.#giveBack(records);
  }

  #answer(pull: HeldPull, result: ReadResult, records: GrowingBuffer, code: number): void {
    const { connection } = pull;
    if (connection.isClosed) return;
    if (records.length >= MAX_ANSWER_BYTES) {
      this.#refuseTooLong(pull, records.length);
      return;
    }
    // What came while the pull was held did not match: its consumer is to go on behind it.
    const hasSkipped = code === ResponseCode.PULL_NOT_FOUND && pull.scanOffset > pull.queueOffset;
    writePullAnswer(
      connection.output,
      pull,
      {
        code: hasSkipped ? ResponseCode.PULL_RETRY_IMMEDIATELY : code,
        remark: hasSkipped ? 'NO_MATCHED_MESSAGE' : result.status,
        nextBeginOffset: result.nextBeginOffset,
        minOffset: result.minOffset,
        maxOffset: result.maxOffset,
        suggestWhichBrokerId: this.#suggestedBroker(pull.group, result),
      },
      result.status === 'FOUND' ? records : undefined,
    );
    connection.flushLater();
    if (result.messageCount > 0) {
      const { stats, clock } = this.#context;
      const elapsedMs = clock.monotonicMs() - pull.startedMs;
      this.#longestGetMs = Math.max(this.#longestGetMs, elapsedMs);
      const { messageCount, nextBeginOffset } = result;
      stats
        .reads(pull.topic.name, pull.group)
        .count(pull.queueId, messageCount, records.length, elapsedMs, nextBeginOffset);
    }
  }

  /** A record that a broker with another bound stored: no frame holds it. */
  #refuseTooLong(pull: HeldPull, bytes: number): void {
    const { topic, queueId, scanOffset, connection } = pull;
    this.#context.log.error(
      { topic: topic.name, queueId, queueOffset: scanOffset, bytes },
      'message cannot be pulled: no frame holds it',
    );
    refuse(connection, pull, {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `the message behind offset ${scanOffset} has ${bytes} bytes, at most ${MAX_ANSWER_BYTES} can be pulled`,
    });
  }

  #suggestedBroker(group: string, result: ReadResult): number {
    if (!this.#context.config.slaveReadEnable) return 0;
    const groupConfig = this.#context.groups.find(group);
    if (groupConfig === undefined) return 0;
    return result.isFarBehind ? groupConfig.whichBrokerWhenConsumeSlowly : groupConfig.brokerId;
  }

  #giveBack(records: GrowingBuffer): void {
    if (this.#spareBuffers.length >= MAX_SPARE_BUFFERS) return;
    records.reset(MAX_KEPT_BUFFER_BYTES);
    this.#spareBuffers.push(records);
  }
}

/** Codes that do not depend on where the pull began. */
const CODES: Readonly<Record<ReadStatus, number | undefined>> = {
  FOUND: ResponseCode.SUCCESS,
  MESSAGE_WAS_REMOVING: ResponseCode.PULL_RETRY_IMMEDIATELY,
  NO_MATCHED_MESSAGE: ResponseCode.PULL_RETRY_IMMEDIATELY,
  OFFSET_FOUND_NULL: ResponseCode.PULL_NOT_FOUND,
  OFFSET_OVERFLOW_ONE: ResponseCode.PULL_NOT_FOUND,
  OFFSET_OVERFLOW_BADLY: ResponseCode.PULL_OFFSET_MOVED,
  OFFSET_TOO_SMALL: ResponseCode.PULL_OFFSET_MOVED,
  NO_MATCHED_LOGIC_QUEUE: undefined,
  NO_MESSAGE_IN_QUEUE: undefined,
};

function codeOf(status: ReadStatus, queueOffset: number): number {
  const whenEmpty =
    queueOffset === 0 ? ResponseCode.PULL_NOT_FOUND : ResponseCode.PULL_OFFSET_MOVED;
  return CODES[status] ?? whenEmpty;
}

function refuse(
  connection: Connection,
  request: Pick<FrameView, 'opaque' | 'serializeType'> | HeldPull,
  refusal: Refusal,
): void {
  connection.send(
    answerTo(request as Pick<FrameView, 'opaque' | 'serializeType'>, {
      code: refusal.code,
      remark: refusal.remark,
      extFields: {},
      body: undefined,
    }),
  );
}
