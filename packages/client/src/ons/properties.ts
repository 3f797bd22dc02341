/** Settings by the ONS SDK's names. Source: PropertyKeyConst.java. */
import type { ClientLogger } from '../application-calls.ts';
import { invalidArgument } from '../client-error.ts';
import type { ClientOptions } from '../client-options.ts';

/** Names of settings; some differ in case from what they are called. */
export const PropertyKeyConst = {
  GROUP_ID: 'GROUP_ID',
  ProducerId: 'ProducerId',
  ConsumerId: 'ConsumerId',
  AccessKey: 'AccessKey',
  SecretKey: 'SecretKey',
  SecurityToken: 'SecurityToken',
  NAMESRV_ADDR: 'NAMESRV_ADDR',
  ONSAddr: 'ONSAddr',
  INSTANCE_ID: 'INSTANCE_ID',
  InstanceName: 'InstanceName',
  SendMsgTimeoutMillis: 'SendMsgTimeoutMillis',
  ConsumeThreadNums: 'ConsumeThreadNums',
  MaxReconsumeTimes: 'maxReconsumeTimes',
  ConsumeTimeout: 'consumeTimeout',
  SuspendTimeMillis: 'suspendTimeMillis',
  MessageModel: 'MessageModel',
  ConsumeMessageBatchMaxSize: 'ConsumeMessageBatchMaxSize',
  MaxCachedMessageAmount: 'maxCachedMessageAmount',
  MaxCachedMessageSizeInMiB: 'maxCachedMessageSizeInMiB',
  MsgTraceSwitch: 'MsgTraceSwitch',
} as const;

type Value = string | number | boolean | undefined;

/**
 * Settings of a producer or consumer. Keys are those of {@link PropertyKeyConst}, by either spelling; values
 * may be text, as in .properties files.
 */
export type Properties = Readonly<Record<string, Value>>;

/** Of all clients. @throws {RocketMqError} CLIENT_INVALID_ARGUMENT */
export function commonOptions(
  properties: Properties,
  log: ClientLogger | undefined,
): ClientOptions {
  const nameServers = textOf(properties, 'NAMESRV_ADDR') ?? textOf(properties, 'ONSAddr');
  if (nameServers === undefined) throw invalidArgument('NAMESRV_ADDR is missing');
  const accessKey = textOf(properties, 'AccessKey');
  const secretKey = textOf(properties, 'SecretKey');
  if ((accessKey === undefined) !== (secretKey === undefined)) {
    throw invalidArgument('AccessKey and SecretKey come together, or neither');
  }
  const securityToken = textOf(properties, 'SecurityToken');
  return {
    nameServers,
    instanceName: textOf(properties, 'InstanceName'),
    namespace: textOf(properties, 'INSTANCE_ID'),
    credentials:
      accessKey === undefined || secretKey === undefined
        ? undefined
        : { accessKey, secretKey, securityToken },
    // Apache's brokers have no trace topic unless they are told to, so it is on only where it is asked for.
    trace: textOf(properties, 'MsgTraceSwitch') === 'true',
    log,
  };
}

/** @returns undefined when the setting is absent */
export function textOf(
  properties: Properties,
  name: keyof typeof PropertyKeyConst,
): string | undefined {
  const value = properties[PropertyKeyConst[name]] ?? properties[name];
  return value === undefined ? undefined : String(value).trim();
}

/** @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when it is no integer */
export function integerOf(
  properties: Properties,
  name: keyof typeof PropertyKeyConst,
): number | undefined {
  const text = textOf(properties, name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw invalidArgument(`${name} is ${JSON.stringify(text)}, expected an integer`);
  }
  return Number(text);
}
