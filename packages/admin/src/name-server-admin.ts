import {
  deleteKvConfig,
  getKvConfig,
  getKvListByNamespace,
  getNameServerConfig,
  parseKVTable,
  putKvConfig,
  ResponseCode,
  updateNameServerConfig,
} from '@orbitmq/protocol';
import { hasResponseCode } from './admin-error.ts';
import type { AdminCalls } from './calls.ts';
import { escapeProperty, parseRawProperties } from './properties-text.ts';

/** KV namespace of ordered topics: topic to `broker-a:4;broker-b:4`. */
export const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

/** Key-value entries and settings of name servers. */
export class NameServerAdmin {
  readonly #calls: AdminCalls;

  constructor(calls: AdminCalls) {
    this.#calls = calls;
  }

  /** @throws {AdminError} 22 when there is no such key */
  async getKv(namespace: string, key: string): Promise<string> {
    const reply = await this.#calls.callAnyNameServer(getKvConfig, { namespace, key });
    return reply.fields.value ?? '';
  }

  async listKv(namespace: string): Promise<ReadonlyMap<string, string>> {
    const reply = await this.#calls.callAnyNameServer(getKvListByNamespace, { namespace });
    return parseKVTable(reply.body).table;
  }

  /** On every name server. */
  async putKv(namespace: string, key: string, value: string): Promise<void> {
    await this.#calls.callEveryNameServer(putKvConfig, { namespace, key, value });
  }

  /** On every name server; an absent key is fine. */
  async deleteKv(namespace: string, key: string): Promise<void> {
    await this.#calls.callEveryNameServer(deleteKvConfig, { namespace, key });
  }

  /** Says how many queues one broker has of an ordered topic; what is known of the others stays. */
  async putOrderOfBroker(topic: string, brokerName: string, queues: number): Promise<void> {
    const entries = new Map<string, string>();
    for (const entry of [...(await this.#orderOf(topic)), `${brokerName}:${queues}`]) {
      entries.set(entry.split(':')[0] ?? '', entry);
    }
    await this.putKv(ORDER_TOPIC_CONFIG, topic, [...entries.values()].join(';'));
  }

  /** As `broker-a:4`, one for each broker; empty for a topic that is not ordered. */
  async #orderOf(topic: string): Promise<readonly string[]> {
    try {
      const known = await this.getKv(ORDER_TOPIC_CONFIG, topic);
      return known.split(';').filter((entry) => entry !== '');
    } catch (error) {
      if (hasResponseCode(error, ResponseCode.QUERY_NOT_FOUND)) return [];
      throw error;
    }
  }

  /** Settings by name server, in its order. */
  async configs(): Promise<ReadonlyMap<string, [string, string][]>> {
    const replies = await this.#calls.callEveryNameServer(getNameServerConfig, {});
    return new Map(
      [...replies].map(([address, reply]) => [address, parseRawProperties(reply.body)]),
    );
  }

  /** On every name server. @throws {AdminError} 16 for a key of the black list */
  async updateConfig(key: string, value: string): Promise<void> {
    const body = Buffer.from(`${escapeProperty(key)}=${escapeProperty(value)}\n`);
    await this.#calls.callEveryNameServer(updateNameServerConfig, {}, { body });
  }
}
