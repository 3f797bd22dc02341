import type { Connection } from '@orbitmq/remoting';
import type { ClientInfo } from './client-info.ts';
import { Memberships } from './memberships.ts';

/** Producers that are connected, by group. Source: ProducerManager.java. */
export class ProducerGroups {
  readonly #groups = new Map<string, Map<Connection, ClientInfo>>();
  readonly #memberships = new Memberships();
  /** The one that came last under each client id; one for each connection at most. */
  readonly #byClientId = new Map<string, ClientInfo>();
  readonly #clientIds = new Map<Connection, string>();
  #nextPick = 0;

  /** @throws {ResponseError} when its connection is in too many groups */
  register(group: string, client: ClientInfo): void {
    this.#memberships.add(client.connection, group);
    let members = this.#groups.get(group);
    if (members === undefined) {
      members = new Map();
      this.#groups.set(group, members);
    }
    members.set(client.connection, client);
    this.#index(client);
  }

  unregister(group: string, connection: Connection): void {
    this.#memberships.delete(connection, group);
    const members = this.#groups.get(group);
    if (members?.delete(connection) === true && members.size === 0) this.#groups.delete(group);
    if (!this.#memberships.has(connection)) this.#unindex(connection);
  }

  /** Forgets a connection in every group. */
  remove(connection: Connection): void {
    for (const group of this.#memberships.of(connection)) this.unregister(group, connection);
  }

  members(group: string): readonly ClientInfo[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  /** A connected member of the group, another one each time; undefined when there is none. */
  pick(group: string): ClientInfo | undefined {
    const live = this.members(group).filter((member) => !member.connection.isClosed);
    this.#nextPick = (this.#nextPick + 1) % 0x7fff_ffff;
    return live[this.#nextPick % live.length];
  }

  groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** Connections whose last heartbeat came before a time on the monotonic clock. */
  silentSince(monotonicMs: number): readonly Connection[] {
    return silentConnections(this.#groups.values(), monotonicMs);
  }

  /** The member with this client id that came last, in any group: replies ask for one each. */
  byClientId(clientId: string): ClientInfo | undefined {
    return this.#byClientId.get(clientId);
  }

  #index(client: ClientInfo): void {
    const { connection, clientId } = client;
    if (this.#clientIds.get(connection) !== clientId) this.#unindex(connection);
    this.#clientIds.set(connection, clientId);
    this.#byClientId.set(clientId, client);
  }

  #unindex(connection: Connection): void {
    const clientId = this.#clientIds.get(connection);
    if (clientId === undefined) return;
    this.#clientIds.delete(connection);
    if (this.#byClientId.get(clientId)?.connection === connection) {
      this.#byClientId.delete(clientId);
    }
  }
}

function silentConnections(
  groups: Iterable<ReadonlyMap<Connection, ClientInfo>>,
  monotonicMs: number,
): readonly Connection[] {
  const silent = new Set<Connection>();
  for (const members of groups) {
    for (const member of members.values()) {
      if (member.seenMs < monotonicMs) silent.add(member.connection);
    }
  }
  return [...silent];
}
