import { describe, expect, it } from '@jest/globals';
import type { ReceivedMessage } from '../message.ts';
import * as ons from './index.ts';
import { fromReceived } from './message.ts';
import { commonOptions, integerOf } from './properties.ts';

const invalid = expect.objectContaining({ code: 'CLIENT_INVALID_ARGUMENT' }) as unknown;

describe('an ONS message', () => {
  it('is sent as the ONS SDK maps it', () => {
    const message = new ons.Message('Orders', 'created', 'order-1', 'hello');
    message.putUserProperties('city', '北京');
    message.putUserProperties('KEYS', 'not copied');
    message.setShardingKey('s1');
    message.setStartDeliverTime(1_716_208_496_789);
    expect(message.toClientMessage()).toEqual({
      topic: 'Orders',
      body: Buffer.from('hello'),
      tags: 'created',
      keys: 'order-1',
      properties: {
        city: '北京',
        __SHARDINGKEY: 's1',
        __STARTDELIVERTIME: '1716208496789',
      },
      deliverAtMs: 1_716_208_496_789,
    });
  });

  it('has a key that is set later, and none before', () => {
    const message = new ons.Message('Orders', 'created', 'hello');
    expect([message.getKey(), message.getBody().toString()]).toEqual([undefined, 'hello']);
    message.setKey('k');
    expect(message.toClientMessage()).toMatchObject({ keys: 'k', deliverAtMs: undefined });
  });

  it('says what a listener may ask of it', () => {
    const message = fromReceived({
      messageId: 'ID',
      topic: 'Orders',
      body: Buffer.from('hello'),
      tags: 'created',
      properties: { KEYS: 'k', __SHARDINGKEY: 's', city: 'x' },
      reconsumeTimes: 3,
      bornTimestamp: 7,
      stored: { bornHost: { ip: '10.0.0.1', port: 5 } },
    } as unknown as ReceivedMessage);
    expect([message.getMsgID(), message.getKey(), message.getTag()]).toEqual([
      'ID',
      'k',
      'created',
    ]);
    expect([message.getReconsumeTimes(), message.getBornTimestamp()]).toEqual([3, 7]);
    expect([message.getBornHost(), message.getShardingKey()]).toEqual(['10.0.0.1:5', 's']);
    expect(message.getUserProperties('city')).toBe('x');
  });

  it('has properties one by one and all together', () => {
    const message = new ons.Message('Orders', 'created', 'hello');
    message.putUserProperties('city', 'x');
    expect(message.getUserProperties()).toEqual({ city: 'x' });
    message.setUserProperties({ weight: '1' });
    expect([message.getUserProperties('city'), message.getUserProperties()]).toEqual([
      undefined,
      { weight: '1' },
    ]);
  });

  it('that was received can be sent on, without what clients and brokers gave it', () => {
    const message = fromReceived({
      messageId: 'ID',
      topic: 'Orders',
      body: Buffer.from('hello'),
      properties: {
        UNIQ_KEY: 'ID',
        CLUSTER: 'c',
        MIN_OFFSET: '0',
        RETRY_TOPIC: 'Orders',
        city: 'x',
      },
    } as unknown as ReceivedMessage);
    message.setTopic('Archive');
    expect(message.toClientMessage()).toMatchObject({
      topic: 'Archive',
      properties: { city: 'x' },
    });
    expect(Object.keys(message.toClientMessage().properties ?? {})).toEqual(['city']);
  });

  it('is delivered at once at no time, and leaves what no time is to be refused', () => {
    const message = new ons.Message('Orders', 'created', 'hello');
    message.setStartDeliverTime(-1);
    expect(message.toClientMessage().deliverAtMs).toBeUndefined();
    message.setStartDeliverTime(Number.NaN);
    expect(message.toClientMessage().deliverAtMs).toBeNaN();
  });
});

describe('ONS properties', () => {
  it('are read by either spelling', () => {
    expect(integerOf({ maxReconsumeTimes: '20' }, 'MaxReconsumeTimes')).toBe(20);
    expect(integerOf({ MaxReconsumeTimes: 20 }, 'MaxReconsumeTimes')).toBe(20);
    const common = { ONSAddr: 'a:1', AccessKey: 'ak', SecretKey: 'sk', INSTANCE_ID: 'MQ_INST' };
    expect(commonOptions(common, undefined)).toMatchObject({
      nameServers: 'a:1',
      credentials: { accessKey: 'ak', secretKey: 'sk' },
      namespace: 'MQ_INST',
      trace: false,
    });
  });

  it('of a message model that does not exist are refused', () => {
    const properties = { GROUP_ID: 'G', NAMESRV_ADDR: '127.0.0.1:9876' };
    for (const MessageModel of ['CLUSTERING', 'BROADCASTING']) {
      expect(() => ons.createConsumer({ ...properties, MessageModel })).not.toThrow();
    }
    expect(() => ons.createConsumer({ ...properties, MessageModel: 'Broadcast' })).toThrow(invalid);
    expect(() => ons.createProducer(undefined as never)).toThrow(invalid);
  });

  it('that are missing or no numbers are refused', () => {
    expect(() => ons.createProducer({ GROUP_ID: 'G' })).toThrow(invalid);
    expect(() => ons.createConsumer({ NAMESRV_ADDR: 'a:1' })).toThrow(invalid);
    expect(() => commonOptions({ NAMESRV_ADDR: 'a:1', AccessKey: 'x' }, undefined)).toThrow(
      invalid,
    );
    expect(() => integerOf({ ConsumeThreadNums: 'many' }, 'ConsumeThreadNums')).toThrow(invalid);
  });
});
