import { setTimeout } from 'node:timers/promises';
import { RocketMqError } from '@orbitmq/kernel';
import { startBroker, startNamesrv, type Target } from '../cluster.ts';
import { javaJudge } from '../judges/java.ts';
import { runJudge } from '../judges/judge.ts';
import type { Service, StopKind } from '../peers/index.ts';

/** One broker's turn on a store directory. */
export interface StoreTurn {
  readonly target: Target;
  /** How its broker ends. */
  readonly stop: StopKind;
}

/** Messages that each turn adds. */
const MESSAGES_A_TURN = 300;

/** Small files, so that a turn rolls over several of each kind. */
const SMALL_FILES: Readonly<Record<string, string>> = {
  mapedFileSizeCommitLog: '65536',
  mappedFileSizeCommitLog: '65536',
  mapedFileSizeConsumeQueue: '2000',
  mappedFileSizeConsumeQueue: '2000',
  maxHashSlotNum: '500',
  maxIndexNum: '200',
  // Such small files hold no message of the default maximum.
  maxMessageSize: '16384',
  flushConsumerOffsetInterval: '1000',
};

/**
 * Before a kill: consumers' progress is written at intervals, by Apache's brokers for the first time ten
 * seconds after their start. What a kill loses of it is not what is judged here.
 */
const PROGRESS_WRITTEN_MS = 12_000;

/**
 * Lets brokers open the same directory one after another. Each must serve everything stored before,
 * keep the consumer group's progress unless it was killed, find messages by key, and add messages of its own.
 */
export async function runStoreTurns(
  directory: string,
  turns: readonly StoreTurn[],
): Promise<string> {
  const judge = await javaJudge('4.9.7', () => {});
  let stored = 0;
  for (const [index, turn] of turns.entries()) {
    const home = `${directory}/turn-${index}`;
    const namesrv = await startNamesrv(turn.target, home);
    let broker: Service | undefined;
    try {
      const store = `${directory}/store`;
      broker = await startBroker(turn.target, {
        namesrvAddress: namesrv.address,
        directory: home,
        properties: {
          ...SMALL_FILES,
          storePathRootDir: store,
          storePathCommitLog: `${store}/commitlog`,
        },
      });
      const verdict = await runJudge(judge, {
        scenario: 'store-step',
        cluster: { namesrv, broker },
        parameters: {
          from: stored,
          to: stored + MESSAGES_A_TURN,
          isProgressKept: turns[index - 1]?.stop === 'kill' ? 0 : 1,
        },
        directory: `${home}/judge`,
        timeoutMs: 90_000,
      });
      if (!verdict.isOk) {
        const reason = `turn ${index + 1}, ${turn.target}: ${verdict.reason}`;
        throw new RocketMqError(`${reason}\n${verdict.log}`, { code: 'ROW_FAILED' });
      }
      stored += MESSAGES_A_TURN;
      if (turn.stop === 'kill') await setTimeout(PROGRESS_WRITTEN_MS);
      await broker.stop(turn.stop);
    } finally {
      await Promise.all([broker?.stop('kill'), namesrv.stop('kill')]);
    }
  }
  return `${stored} messages`;
}
