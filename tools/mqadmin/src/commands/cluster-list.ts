import { setTimeout as pause } from 'node:timers/promises';
import type { BrokerProcess } from '@orbitmq/admin';
import { left, right } from '../columns.ts';
import { type AdminCommand, type CommandContext, integerOf } from '../command.ts';

const HOUR_MS = 3_600_000;
type Info = ReadonlyMap<string, string>;

/** Brokers with their load. Source: ClusterListSubCommand.java. */
export const clusterList: AdminCommand = {
  name: 'clusterList',
  description: 'List all of clusters',
  options: [
    { short: 'm', long: 'moreStats', hasValue: false, description: 'Print more stats' },
    {
      short: 'i',
      long: 'interval',
      hasValue: true,
      description: 'specify intervals numbers, it is in seconds',
    },
  ],

  async run(context, values) {
    const seconds = integerOf(values, 'interval', 0);
    const print = values['moreStats'] === true ? printTotals : printLoad;
    for (;;) {
      await print(context);
      if (!(seconds > 0)) return;
      await pause(seconds * 1000);
    }
  },
};

/** What a broker tells about itself; nothing when it cannot be asked: the row stays, without numbers. */
async function infoOf(context: CommandContext, { address }: BrokerProcess): Promise<Info> {
  try {
    return await context.brokers.runtimeInfo(address);
  } catch {
    return new Map();
  }
}

async function printLoad(context: CommandContext): Promise<void> {
  const row = (...cells: readonly string[]): void => {
    const [cluster = '', broker = '', id = '', address = '', version = ''] = cells;
    const [input = '', output = '', wait = '', hour = '', space = ''] = cells.slice(5);
    context.write(
      `${left(cluster, 16)}  ${left(broker, 22)}  ${left(id, 4)}  ${left(address, 22)} ${left(version, 16)} ` +
        `${right(input, 19)} ${right(output, 19)} ${right(wait, 10)} ${right(hour, 5)} ${right(space, 6)}\n`,
    );
  };
  row(
    '#Cluster Name',
    '#Broker Name',
    '#BID',
    '#Addr',
    '#Version',
    '#InTPS(LOAD)',
    '#OutTPS(LOAD)',
    '#PCWait(ms)',
    '#Hour',
    '#SPACE',
  );
  for (const broker of await context.clusters.brokers()) {
    const info = await infoOf(context, broker);
    const earliestMs = Number(info.get('earliestMessageTimeStamp') ?? 0);
    row(
      broker.clusterName,
      broker.brokerName,
      String(broker.brokerId),
      broker.address,
      info.get('brokerVersionDesc') ?? '',
      loadText(info, 'putTps', 'sendThreadPoolQueue'),
      loadText(info, 'getTransferedTps', 'pullThreadPoolQueue'),
      info.get('pageCacheLockTimeMills') ?? '',
      ((Date.now() - earliestMs) / HOUR_MS).toFixed(2),
      Number(info.get('commitLogDiskRatio') ?? 0).toFixed(4),
    );
  }
}

function loadText(info: Info, rateKey: string, queue: string): string {
  const rates = info.get(rateKey) ?? info.get(rateKey.replace('Transfered', 'Transferred')) ?? '0';
  const rate = Number(rates.split(' ')[0]).toFixed(2).padStart(9);
  const size = info.get(`${queue}Size`) ?? '';
  const waitMs = info.get(`${queue}HeadWaitTimeMills`) ?? '';
  return `${rate}(${size},${waitMs}ms)`;
}

async function printTotals(context: CommandContext): Promise<void> {
  const row = (cluster: string, broker: string, totals: readonly (string | number)[]): void => {
    const cells = totals.map((total) => right(total, 14)).join(' ');
    context.write(`${left(cluster, 16)}  ${left(broker, 32)} ${cells}\n`);
  };
  row('#Cluster Name', '#Broker Name', [
    '#InTotalYest',
    '#OutTotalYest',
    '#InTotalToday',
    '#OutTotalToday',
  ]);
  for (const broker of await context.clusters.brokers()) {
    const info = await infoOf(context, broker);
    const total = (key: string): number => Number(info.get(key) ?? 0);
    row(broker.clusterName, broker.brokerName, [
      total('msgPutTotalTodayMorning') - total('msgPutTotalYesterdayMorning'),
      total('msgGetTotalTodayMorning') - total('msgGetTotalYesterdayMorning'),
      total('msgPutTotalTodayNow') - total('msgPutTotalTodayMorning'),
      total('msgGetTotalTodayNow') - total('msgGetTotalTodayMorning'),
    ]);
  }
}
