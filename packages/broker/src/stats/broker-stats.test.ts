import { describe, expect, it } from '@jest/globals';
import { BrokerStats, deadSendBackKey, StatsName } from './broker-stats.ts';

const SECONDS_10 = 10_000;

function statsOf(isDetailed = true): BrokerStats {
  return new BrokerStats({ clusterName: 'C', isDetailed });
}

function sumOf(stats: BrokerStats, name: string, key: string): number | undefined {
  return stats.find(name, key)?.sum;
}

describe('what the broker counts', () => {
  it('of a batch is all its messages, once for the topic, its queue and the broker', () => {
    const stats = statsOf();
    stats.countPut(stats.topicPut('T'), 3, 16, 4_000);
    expect(sumOf(stats, 'TOPIC_PUT_NUMS', 'T')).toBe(16);
    expect(sumOf(stats, 'TOPIC_PUT_SIZE', 'T')).toBe(4_000);
    expect(sumOf(stats, 'QUEUE_PUT_NUMS', 'T@3')).toBe(16);
    expect(sumOf(stats, 'QUEUE_PUT_SIZE', 'T@3')).toBe(4_000);
    expect(sumOf(stats, 'BROKER_PUT_NUMS', 'C')).toBe(16);
    expect(stats.find('TOPIC_PUT_NUMS', 'T')?.times).toBe(1);
  });

  it('of the broker has no average, as it counts no calls', () => {
    const stats = statsOf();
    stats.countPut(stats.topicPut('T'), 0, 4, 100);
    stats.sampleSeconds(SECONDS_10);
    expect(stats.find('BROKER_PUT_NUMS', 'C')?.lastMinute()).toEqual({
      sum: 4,
      tps: 0.4,
      avgpt: 0,
    });
  });

  it('is taken back of what the disk refused', () => {
    const stats = statsOf();
    stats.countPut(stats.topicPut('T'), 3, 16, 4_000);
    stats.countPut(stats.topicPut('T'), 3, 2, 500);
    stats.takeBack(stats.topicPut('T'), 3, 2, 500);
    expect(sumOf(stats, 'TOPIC_PUT_NUMS', 'T')).toBe(16);
    expect(sumOf(stats, 'TOPIC_PUT_SIZE', 'T')).toBe(4_000);
    expect(sumOf(stats, 'QUEUE_PUT_NUMS', 'T@3')).toBe(16);
    expect(sumOf(stats, 'BROKER_PUT_NUMS', 'C')).toBe(16);
  });

  it('of a message that waits for its delivery counts for the broker when it is delivered', () => {
    const stats = statsOf();
    stats.countStored(stats.topicPut('SCHEDULE_TOPIC_XXXX'), 2, 1, 100);
    expect(sumOf(stats, 'TOPIC_PUT_NUMS', 'SCHEDULE_TOPIC_XXXX')).toBe(1);
    expect(stats.find('BROKER_PUT_NUMS', 'C')).toBeUndefined();
  });

  it('of a group is what it got, how long that took, and how far it has pulled', () => {
    const stats = statsOf();
    stats.reads('T', 'G').count(1, 32, 8_000, 5.3, 132);
    stats.reads('T', 'G').count(1, 1, 250, 6.8, 133);
    expect(sumOf(stats, 'GROUP_GET_NUMS', 'T@G')).toBe(33);
    expect(sumOf(stats, 'GROUP_GET_SIZE', 'T@G')).toBe(8_250);
    expect(sumOf(stats, 'BROKER_GET_NUMS', 'C')).toBe(33);
    expect(sumOf(stats, 'GROUP_GET_LATENCY', '1@T@G')).toBe(12);
    expect(stats.pulledOffset('T', 'G', 1)).toBe(133);
    expect(stats.pulledOffset('T', 'G', 0)).toBeUndefined();
    expect(stats.pulledOffset('T', 'H', 1)).toBeUndefined();
  });

  it('leaves queues out unless they are wanted', () => {
    const stats = statsOf(false);
    stats.countPut(stats.topicPut('T'), 3, 1, 10);
    stats.reads('T', 'G').count(1, 1, 10, 5, 1);
    expect(stats.find('QUEUE_PUT_NUMS', 'T@3')).toBeUndefined();
    expect(sumOf(stats, 'GROUP_GET_LATENCY', 'T@G')).toBe(5);
  });

  it('that was never counted is not there, even when its topic is', () => {
    const stats = statsOf();
    stats.topicPut('T');
    expect(stats.find('TOPIC_PUT_NUMS', 'T')).toBeUndefined();
    expect(stats.find('NO_SUCH_NAME', 'T')).toBeUndefined();
  });

  it('is forgotten with the topic or the group, and counted anew from nothing', () => {
    const stats = statsOf();
    stats.countPut(stats.topicPut('T'), 0, 1, 10);
    stats.reads('T', 'G').count(0, 1, 10, 1, 1);
    stats.reads('U', 'G').count(0, 1, 10, 1, 1);
    stats.count(StatsName.sendBackPutNums, 'U@G');
    stats.count(StatsName.sendBackToDeadLetters, deadSendBackKey('U@G'));
    stats.forgetTopic('T');
    expect(stats.find('GROUP_GET_LATENCY', '0@T@G')).toBeUndefined();
    expect(sumOf(stats, 'GROUP_GET_NUMS', 'U@G')).toBe(1);
    expect(sumOf(stats, 'SNDBCK2DLQ_TIMES', 'null@U@G@SEND_BACK_TO_DLQ')).toBe(1);
    stats.forgetGroup('G');
    expect(stats.find('SNDBCK_PUT_NUMS', 'U@G')).toBeUndefined();
    expect(stats.find('SNDBCK2DLQ_TIMES', 'null@U@G@SEND_BACK_TO_DLQ')).toBeUndefined();
    stats.reads('U', 'G').count(0, 2, 10, 1, 1);
    expect(sumOf(stats, 'GROUP_GET_NUMS', 'U@G')).toBe(2);
  });

  it('is bounded, whatever groups peers name: the first keys are counted, also after some were forgotten', () => {
    const stats = new BrokerStats({ clusterName: 'C', isDetailed: true, maxKeys: 3 });
    for (let index = 0; index < 10; index++) {
      stats.reads('T', `G${index}`).count(0, 1, 10, 1, 7);
      stats.count(StatsName.sendBackPutNums, `T@G${index}`);
    }
    expect(sumOf(stats, 'GROUP_GET_NUMS', 'T@G2')).toBe(1);
    expect(sumOf(stats, 'GROUP_GET_NUMS', 'T@G3')).toBeUndefined();
    expect(sumOf(stats, 'SNDBCK_PUT_NUMS', 'T@G9')).toBeUndefined();
    expect(stats.pulledOffset('T', 'G2', 0)).toBe(7);
    expect(stats.pulledOffset('T', 'G3', 0)).toBeUndefined();
    expect(sumOf(stats, 'BROKER_GET_NUMS', 'C')).toBe(10);
    stats.forgetGroup('G1');
    stats.reads('T', 'G3').count(0, 1, 10, 1, 8);
    expect(sumOf(stats, 'GROUP_GET_NUMS', 'T@G3')).toBe(1);
    expect(stats.pulledOffset('T', 'G3', 0)).toBe(8);
  });

  it('has a minute, an hour and a day behind it', () => {
    const stats = statsOf();
    const topic = stats.topicPut('T');
    for (let sample = 0; sample <= 8; sample++) {
      stats.countPut(topic, 0, 10, 100);
      stats.sampleSeconds(sample * SECONDS_10);
    }
    stats.sampleHours(80_000);
    const item = stats.find('TOPIC_PUT_NUMS', 'T');
    expect(item?.lastMinute()).toEqual({ sum: 60, tps: 1, avgpt: 10 });
    expect(item?.lastDay().sum).toBe(90);
    expect(item?.lastHour()).toEqual({ sum: 0, tps: 0, avgpt: 0 });
  });
});
