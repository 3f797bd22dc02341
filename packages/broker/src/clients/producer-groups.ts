import type { Connection } from '@orbitmq/remoting';
import type { ClientInfo } from './client-info.ts';
import { Memberships } from './memberships.ts';

/** Producers that are connected, by group. Source: ProducerManager.java. */
export class ProducerGroups {
  readonly #groups = new Map<string, Map<Connection, ClientInfo>>();
  readonly #memberships = new Memberships();
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
  }

  unregister(group: string, connection: Connection): void {
    this.#memberships.delete(connection, group);
    const members = this.#groups.get(group);
    if (members?.delete(connection) === true && members.size === 0) this.#groups.delete(group);
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

  /** Connections whose last heartbeat came before `heartbeatMs`. */
  silentSince(heartbeatMs: number): readonly Connection[] {
    return silentConnections(this.#groups.values(), heartbeatMs);
  }

  /** A member with this client id, in any group. */
  byClientId(clientId: string): ClientInfo | undefined {
    for (const members of this.#groups.values()) {
      for (const member of members.values()) {
        if (member.clientId === clientId) return member;
      }
    }
    return undefined;
  }
}

function silentConnections(
  groups: Iterable<ReadonlyMap<Connection, ClientInfo>>,
  heartbeatMs: number,
): readonly Connection[] {
  const silent = new Set<Connection>();
  for (const members of groups) {
    for (const member of members.values()) {
      if (member.heartbeatMs < heartbeatMs) silent.add(member.connection);
    }
  }
  return [...silent];
}
