/**
 * Which name server is asked: the one that answered last, until it fails.
 *
 * Source: NettyRemotingClient.java (getAndCreateNameserverChannel), MQClientAPIImpl.java.
 */
import { RocketMqError, toError } from '@orbitmq/kernel';
import {
  getRouteInfoByTopic,
  parseTopicRouteData,
  ResponseCode,
  type TopicRouteData,
} from '@orbitmq/protocol';
import { parseAddress, type RemotingClient } from '@orbitmq/remoting';
import type { Random } from '@orbitmq/runtime';
import { brokerRefused, ClientErrorCode, invalidArgument } from './client-error.ts';
import { checkIsList, checkIsText, shown } from './option-checks.ts';

const ROUTE_TIMEOUT_MS = 3_000;

/** What was given, one by one. @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when it is neither text nor a list of texts */
export function nameServerTexts(given: string | readonly string[]): readonly string[] {
  if (typeof given === 'string') return given.split(';');
  if (!Array.isArray(given)) {
    throw invalidArgument(`nameServers is ${shown(given)}, expected host:port, or a list of them`);
  }
  checkIsList('nameServers', given, checkIsText);
  return given;
}

/**
 * Addresses of name servers, from a list or from Apache's text form `host:port;host:port`; of an
 * endpoint `http://host:port` what follows the last slash.
 *
 * @throws {RocketMqError} CLIENT_INVALID_ARGUMENT when there is none, or one is no `host:port`
 */
export function nameServerList(given: string | readonly string[]): readonly string[] {
  const addresses = nameServerTexts(given)
    .map((text) => text.slice(text.lastIndexOf('/') + 1).trim())
    .filter((address) => address !== '');
  if (addresses.length === 0) {
    throw invalidArgument('nameServers is empty, expected at least one host:port');
  }
  for (const address of addresses) {
    try {
      parseAddress(address);
    } catch (cause) {
      throw invalidArgument(`nameServers: ${JSON.stringify(address)} is no host:port`, cause);
    }
  }
  return [...new Set(addresses)];
}

export class NameServers {
  readonly #remoting: RemotingClient;
  readonly #addresses: readonly string[];
  #current: number;

  constructor(remoting: RemotingClient, addresses: readonly string[], random: Random) {
    this.#remoting = remoting;
    this.#addresses = addresses;
    this.#current = random.below(addresses.length);
  }

  /**
   * Asks for a topic's route, one name server after the other until one answers. Calls may overlap.
   *
   * @returns undefined when the topic does not exist
   * @throws {RocketMqError} CLIENT_NO_NAME_SERVER when none answers
   */
  async route(topic: string): Promise<TopicRouteData | undefined> {
    const count = this.#addresses.length;
    const start = this.#current;
    let failure: unknown;
    for (let step = 0; step < count; step++) {
      const index = (start + step) % count;
      const address = this.#addresses[index] as string;
      try {
        const timeoutMs = ROUTE_TIMEOUT_MS;
        const reply = await this.#remoting.invoke(
          address,
          getRouteInfoByTopic,
          { topic },
          { timeoutMs },
        );
        const isMissing = reply.code === ResponseCode.TOPIC_NOT_EXIST;
        if (isMissing || reply.code === ResponseCode.SUCCESS) {
          const route = isMissing ? undefined : parseTopicRouteData(reply.body);
          this.#current = index;
          return route;
        }
        failure = brokerRefused(address, reply.code, reply.remark);
      } catch (error) {
        failure = error;
      }
    }
    const why = toError(failure).message;
    throw new RocketMqError(`no name server answered of ${this.#addresses.join(', ')}: ${why}`, {
      code: ClientErrorCode.noNameServer,
      isRetryable: true,
      details: { topic },
      cause: failure,
    });
  }
}
