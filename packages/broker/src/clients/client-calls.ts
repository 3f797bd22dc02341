/** What the broker asks of its clients. Source: Broker2Client.java, AdminBrokerProcessor.callConsumer. */
import { errorCode, type Logger, toError } from '@orbitmq/kernel';
import {
  type AnyCommandDefinition,
  getConsumerStatusFromClient,
  languageOrdinal,
  type MessageQueue,
  parseGetConsumerStatusBody,
  printResetOffsetBody,
  printResetOffsetBodyForC,
  type RequestOf,
  ResponseCode,
  resetConsumerClientOffset,
} from '@orbitmq/protocol';
import { RemotingErrorCode, type Reply, ResponseError } from '@orbitmq/remoting';
import { PeerVersion } from '../peer-version.ts';
import type { ClientInfo } from './client-info.ts';
import type { ConsumerGroups } from './consumer-groups.ts';

const STATUS_TIMEOUT_MS = 5_000;
/** How long a client may take to describe itself, or to consume one message. */
export const DIRECT_CALL_TIMEOUT_MS = 10_000;
const CPP = languageOrdinal('CPP');

/** Offsets by queue. */
export type QueueOffsets = readonly (readonly [MessageQueue, number])[];

/** What consumers are told about a reset. */
export interface ResetNotice {
  readonly topic: string;
  readonly group: string;
  readonly timestamp: number;
  readonly isForce: boolean;
  readonly offsets: QueueOffsets;
  /** Ordinal of the language of whoever asked for the reset: it decides the form of the body. */
  readonly requesterLanguage: number;
}

/** Tells a client something, if it reads what it is sent: one that does not is not told, and logged. Never throws. */
// oxlint-disable-next-line max-params -- whom, what, and where failures go
export function tell<D extends AnyCommandDefinition>(
  { connection, clientId }: ClientInfo,
  definition: D,
  values: RequestOf<D>,
  log: Logger,
  body?: Buffer,
): void {
  if (connection.isClosed) return;
  try {
    connection.notify(definition, values, body);
  } catch (error) {
    const { remoteAddress } = connection;
    log.warn(
      { request: definition.name, clientId, remoteAddress, err: toError(error) },
      'client was not told',
    );
  }
}

/**
 * Tells all members of a group where to go on; nobody learns whether they do.
 *
 * @throws {ResponseError} when a member is too old to be told; members before it were told
 */
export function tellOffsets(
  members: readonly ClientInfo[],
  notice: ResetNotice,
  log: Logger,
): void {
  const { topic, group, timestamp, isForce, offsets } = notice;
  const body =
    notice.requesterLanguage === CPP
      ? printResetOffsetBodyForC({
          offsetTable: offsets.map(([queue, offset]) => ({ ...queue, offset })),
        })
      : printResetOffsetBody({ offsetTable: offsets });
  for (const member of members) {
    if (member.version < PeerVersion.takesOffsets) throw tooOld(member.version);
    tell(member, resetConsumerClientOffset, { topic, group, timestamp, isForce }, log, body);
  }
}

/**
 * Asks members how far they are. One that does not answer is left out, and logged.
 *
 * @returns offsets by client id
 * @throws {ResponseError} when a member is too old to be asked
 */
export async function askStatus(
  members: readonly ClientInfo[],
  question: { readonly topic: string; readonly group: string },
  log: Logger,
): Promise<Map<string, QueueOffsets>> {
  for (const { version } of members) {
    if (version < PeerVersion.takesOffsets) throw tooOld(version);
  }
  const answers = await Promise.all(
    members.map(async ({ connection, clientId }) => {
      try {
        const options = { timeoutMs: STATUS_TIMEOUT_MS };
        const answer = await connection.invoke(getConsumerStatusFromClient, question, options);
        if (answer.code !== ResponseCode.SUCCESS) return undefined;
        return [clientId, parseGetConsumerStatusBody(answer.body).messageQueueTable] as const;
      } catch (error) {
        log.warn(
          { ...question, clientId, err: toError(error) },
          'consumer did not tell its offsets',
        );
        return undefined;
      }
    }),
  );
  return new Map(answers.filter((answer) => answer !== undefined));
}

/** A member that can be asked to describe itself or to consume a message. @throws {ResponseError} */
export function directlyCallable(
  groups: Pick<ConsumerGroups, 'get'>,
  { group, clientId }: ConsumerName,
): ClientInfo {
  const client = groups.get(group)?.byClientId(clientId);
  if (client === undefined) {
    throw refused(`The Consumer <${group}> <${clientId}> not online`);
  }
  if (client.version < PeerVersion.takesDirectCalls) {
    throw refused(
      `The Consumer <${clientId}> Version <${client.version}> too low to finish, please upgrade it to V3_1_8_SNAPSHOT`,
    );
  }
  return client;
}

/** One member of a group. */
export interface ConsumerName {
  readonly group: string;
  readonly clientId: string;
}

/**
 * Makes a client's answer the answer to the tool that asked for it.
 *
 * @throws {ResponseError} when the client is silent, or gone
 */
export async function relayed(
  { group, clientId }: ConsumerName,
  asked: Promise<Pick<Reply, 'code' | 'remark' | 'body'>>,
): Promise<Pick<Reply, 'code' | 'remark' | 'body'>> {
  try {
    const { code, remark, body } = await asked;
    return { code, remark, body };
  } catch (error) {
    const { message } = toError(error);
    if (errorCode(error) === RemotingErrorCode.timeout) {
      throw new ResponseError(
        ResponseCode.CONSUME_MSG_TIMEOUT,
        `consumer <${group}> <${clientId}> Timeout: ${message}`,
        error,
      );
    }
    throw refused(`invoke consumer <${group}> <${clientId}> Exception: ${message}`, error);
  }
}

function refused(remark: string, cause?: unknown): ResponseError {
  return new ResponseError(ResponseCode.SYSTEM_ERROR, remark, cause);
}

function tooOld(version: number): ResponseError {
  return refused(`the client does not support this feature. version=${version}`);
}
