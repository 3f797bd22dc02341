import { RocketMqError } from '@orbitmq/kernel';
import {
  decodeMessageId,
  decodeRecords,
  PullSysFlag,
  pullMessage,
  ResponseCode,
  SystemTopic,
  sendMessageV2,
} from '@orbitmq/protocol';
import { RemotingClient } from '@orbitmq/remoting';

const TIMEOUT_MS = 5_000;
/** A topic that every broker has and nobody misses. */
const TOPIC = SystemTopic.benchmark;

/**
 * Sends a message to a broker and pulls it back, as a client would.
 *
 * @returns how long that took, in milliseconds
 * @throws {RocketMqError} SELF_CHECK_FAILED with what the broker said instead
 */
export async function provePath(brokerAddress: string): Promise<number> {
  const client = new RemotingClient();
  try {
    const body = Buffer.from(`OrbitMQ self check ${Date.now()}`);
    const startedMs = performance.now();
    const sent = await client.invoke(brokerAddress, sendMessageV2, sendHeader(), {
      timeoutMs: TIMEOUT_MS,
      body,
    });
    if (sent.code !== ResponseCode.SUCCESS) throw failed('send', sent.code, sent.remark);
    const { queueOffset, msgId } = sent.fields;
    const pulled = await client.invoke(brokerAddress, pullMessage, pullHeader(queueOffset), {
      timeoutMs: TIMEOUT_MS,
    });
    if (pulled.code !== ResponseCode.SUCCESS) throw failed('pull', pulled.code, pulled.remark);
    const [message] = decodeRecords(pulled.body ?? Buffer.alloc(0));
    const isSame =
      message?.body.equals(body) === true &&
      message.physicalOffset === decodeMessageId(msgId).physicalOffset;
    if (!isSame) throw failed('pull', pulled.code, 'another message came back');
    return performance.now() - startedMs;
  } finally {
    await client.close();
  }
}

function sendHeader() {
  return {
    a: 'ORBITMQ_SELF_CHECK',
    b: TOPIC,
    c: SystemTopic.autoCreateTemplate,
    d: 1,
    e: 0,
    f: 0,
    g: Date.now(),
    h: 0,
  };
}

function pullHeader(queueOffset: number) {
  return {
    consumerGroup: 'TOOLS_CONSUMER',
    topic: TOPIC,
    queueId: 0,
    queueOffset,
    maxMsgNums: 1,
    sysFlag: PullSysFlag.subscription | PullSysFlag.suspend,
    commitOffset: 0,
    suspendTimeoutMillis: TIMEOUT_MS,
    subscription: '*',
    subVersion: 0,
    expressionType: 'TAG',
  };
}

function failed(step: string, code: number, remark: string | undefined): RocketMqError {
  return new RocketMqError(`the self check failed: ${step} was answered ${code} ${remark ?? ''}`, {
    code: 'SELF_CHECK_FAILED',
    details: { step, responseCode: code },
  });
}
