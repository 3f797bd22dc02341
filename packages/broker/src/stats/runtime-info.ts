/** The table of GET_BROKER_RUNTIME_INFO: every value is text. Source: AdminBrokerProcessor.prepareRuntimeInfo, StoreStatsService.java. */
import type { DiskUsage } from '@orbitmq/runtime';
import type { MessageStore, StoreCounters } from '@orbitmq/store';
import { describeBytes } from '../describe-bytes.ts';
import type { PutTimes } from './put-times.ts';
import { RateSeries } from './rate-series.ts';

const VERSION_DESC = 'V4_9_7';
const VERSION = 407;
const GIB = 1024 ** 3;
/** Of the rates of timers, over which they are told. */
const TIMER_RATE_SECONDS = 10;

/** What the timers have to do. */
export interface TimerLoad {
  /** Everything due at or before it was delivered, milliseconds since the epoch. */
  readonly readTimeMs: number;
  /** Messages of the timer topic that have no unit yet. */
  readonly behindMessages: number;
  readonly waitingMessages: number;
  /** Since the start. */
  readonly counters: { readonly takenIn: number; readonly delivered: number };
}

export interface RuntimeInfoInput {
  readonly nowMs: number;
  readonly bootTimestampMs: number;
  readonly counters: Readonly<StoreCounters>;
  readonly minPhysicalOffset: number;
  readonly maxPhysicalOffset: number;
  readonly syncedOffset: number;
  readonly writtenOffset: number;
  readonly disk: DiskUsage;
  /** As the store found them at its last look, by which it decides. */
  readonly diskRatios: MessageStore['diskRatios'];
  readonly commitLogDirectory: string;
  readonly earliestMessageTimestampMs: number;
  readonly pendingSends: number;
  readonly sendHeadWaitMs: number;
  /** Not counted as waiting in a queue: the reference takes them out of it. */
  readonly heldPulls: number;
  readonly longestGetMs: number;
  readonly putTimes: PutTimes;
  /** Undefined where there are none. */
  readonly timers: TimerLoad | undefined;
  /** Now, on the clock of the put times. */
  readonly monotonicMs: number;
  readonly capacities: {
    readonly send: number;
    readonly pull: number;
    readonly query: number;
    readonly endTransaction: number;
    readonly litePull: number;
    readonly ack: number;
  };
  readonly startAcceptSendRequestTimeStamp: number;
  readonly delayOffsets: ReadonlyMap<number, { readonly offset: number; readonly max: number }>;
  readonly days: DayTotals;
}

/** Totals at the midnights, and now. */
export interface DayTotals {
  readonly putYesterdayMorning: number;
  readonly putTodayMorning: number;
  readonly putNow: number;
  readonly gotYesterdayMorning: number;
  readonly gotTodayMorning: number;
  readonly gotNow: number;
}

/** Rates that need a past: sampled every second. */
export class RuntimeRates {
  readonly put = new RateSeries();
  readonly found = new RateSeries();
  readonly missed = new RateSeries();
  readonly transferred = new RateSeries();
  readonly timersTakenIn = new RateSeries();
  readonly timersDelivered = new RateSeries();

  sample(nowMs: number, counters: Readonly<StoreCounters>, timers: TimerLoad | undefined): void {
    this.timersTakenIn.sample(nowMs, timers?.counters.takenIn ?? 0);
    this.timersDelivered.sample(nowMs, timers?.counters.delivered ?? 0);
    this.put.sample(nowMs, counters.putMessages);
    this.found.sample(nowMs, counters.foundReads);
    this.missed.sample(nowMs, counters.missedReads);
    this.transferred.sample(nowMs, counters.transferredMessages);
  }
}

export function runtimeInfo(input: RuntimeInfoInput, rates: RuntimeRates): Map<string, string> {
  const { counters, days, disk, diskRatios, putTimes, monotonicMs } = input;
  const averageBytes = counters.putMessages === 0 ? 0 : counters.putBytes / counters.putMessages;
  const transferred = rates.transferred.text();
  const table: Record<string, string | number> = {
    brokerVersionDesc: VERSION_DESC,
    brokerVersion: VERSION,
    brokerActive: 'true',
    bootTimestamp: input.bootTimestampMs,
    runtime: describeRuntime(input.nowMs - input.bootTimestampMs),
    putMessageEntireTimeMax: putTimes.maxMs,
    getMessageEntireTimeMax: Math.round(input.longestGetMs),
    // The reference prints Java's null until its first minute is over.
    putMessageDistributeTime: putTimes.distribution(monotonicMs) ?? 'null',
    putLatency99: putTimes.percentileMs(0.99, monotonicMs).toFixed(2),
    putLatency999: putTimes.percentileMs(0.999, monotonicMs).toFixed(2),
    putMessageTimesTotal: counters.putMessages,
    putMessageFailedTimes: counters.failedPuts,
    putMessageSizeTotal: counters.putBytes,
    putMessageAverageSize: averageBytes.toFixed(1),
    getDamagedTimesTotal: counters.damagedReads,
    cutCommitLogTimesTotal: counters.cutTails,
    putTps: rates.put.text(),
    getFoundTps: rates.found.text(),
    getMissTps: rates.missed.text(),
    getTotalTps: RateSeries.sumText(rates.found, rates.missed),
    getTransferedTps: transferred,
    getTransferredTps: transferred,
    commitLogDiskRatio: diskRatios.log,
    [`commitLogDiskRatio_${input.commitLogDirectory}`]: diskRatios.log,
    consumeQueueDiskRatio: diskRatios.queues,
    commitLogMinOffset: input.minPhysicalOffset,
    commitLogMaxOffset: input.maxPhysicalOffset,
    msgPutTotalYesterdayMorning: days.putYesterdayMorning,
    msgPutTotalTodayMorning: days.putTodayMorning,
    msgPutTotalTodayNow: days.putNow,
    msgGetTotalYesterdayMorning: days.gotYesterdayMorning,
    msgGetTotalTodayMorning: days.gotTodayMorning,
    msgGetTotalTodayNow: days.gotNow,
    ...queueInfo(input),
    dispatchBehindBytes: input.maxPhysicalOffset - input.writtenOffset,
    dispatchMaxBuffer: 0,
    pageCacheLockTimeMills: 0,
    earliestMessageTimeStamp: input.earliestMessageTimestampMs,
    startAcceptSendRequestTimeStamp: input.startAcceptSendRequestTimeStamp,
    remainTransientStoreBufferNumbs: 2_147_483_647,
    remainHowManyDataToFlush: describeBytes(input.maxPhysicalOffset - input.syncedOffset),
    commitLogDirCapacity: `Total : ${gib(disk.totalBytes)}, Free : ${gib(disk.availableBytes)}.`,
    ...timerInfo(input, rates),
  };
  for (const [level, { offset, max }] of input.delayOffsets) {
    table[`scheduleMessageOffset_${level}`] = `${offset},${max}`;
  }
  return new Map(Object.entries(table).map(([key, value]) => [key, String(value)]));
}

/** Source: TimerMessageStore.java (getDequeueBehind, getAllCongestNum, getEnqueueTps). */
function timerInfo(
  { timers, nowMs }: RuntimeInfoInput,
  rates: RuntimeRates,
): Record<string, number | string> {
  const behindMs = timers === undefined ? 0 : Math.max(0, nowMs - timers.readTimeMs);
  return {
    // In seconds.
    timerReadBehind: Math.floor(behindMs / 1000),
    timerOffsetBehind: timers?.behindMessages ?? 0,
    timerCongestNum: timers?.waitingMessages ?? 0,
    timerEnqueueTps: rates.timersTakenIn.perSecond(TIMER_RATE_SECONDS).toFixed(1),
    timerDequeueTps: rates.timersDelivered.perSecond(TIMER_RATE_SECONDS).toFixed(1),
  };
}

/** Queues of the reference's thread pools. Here nothing waits but sends that are not safe yet. */
function queueInfo({
  pendingSends,
  sendHeadWaitMs,
  capacities,
}: RuntimeInfoInput): Record<string, number> {
  return {
    sendThreadPoolQueueSize: pendingSends,
    sendThreadPoolQueueCapacity: capacities.send,
    sendThreadPoolQueueHeadWaitTimeMills: Math.round(sendHeadWaitMs),
    pullThreadPoolQueueSize: 0,
    pullThreadPoolQueueCapacity: capacities.pull,
    pullThreadPoolQueueHeadWaitTimeMills: 0,
    queryThreadPoolQueueSize: 0,
    queryThreadPoolQueueCapacity: capacities.query,
    queryThreadPoolQueueHeadWaitTimeMills: 0,
    litePullThreadPoolQueueSize: 0,
    litePullThreadPoolQueueCapacity: capacities.litePull,
    litePullThreadPoolQueueHeadWaitTimeMills: 0,
    ackThreadPoolQueueSize: 0,
    ackThreadPoolQueueCapacity: capacities.ack,
    ackThreadPoolQueueHeadWaitTimeMills: 0,
    EndTransactionQueueSize: 0,
    EndTransactionThreadPoolQueueCapacity: capacities.endTransaction,
  };
}

function describeRuntime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3_600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  return `[ ${days} days, ${hours} hours, ${minutes} minutes, ${seconds % 60} seconds ]`;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
