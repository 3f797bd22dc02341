import { ResponseCode } from '@orbitmq/protocol';
import { type Connection, ResponseError } from '@orbitmq/remoting';

/** Groups of one kind that one connection may be in; a process with a thousand consumers has one connection. */
export const MAX_GROUPS_PER_CONNECTION = 5_000;

/** No group has a longer name; it is kept as long as its connection. */
const MAX_NAME_LENGTH = 255;

/** Which groups connections are in: a connection that is gone leaves its own groups, whatever others there are. */
export class Memberships {
  readonly #groups = new Map<Connection, Set<string>>();

  /** @throws {ResponseError} when the connection is in too many groups, or this one's name is none */
  add(connection: Connection, group: string): void {
    if (group.length > MAX_NAME_LENGTH) {
      throw refused(
        `the name of a group has ${group.length} characters, at most ${MAX_NAME_LENGTH}`,
      );
    }
    const groups = this.#groups.get(connection);
    if (groups === undefined) {
      this.#groups.set(connection, new Set([group]));
      return;
    }
    if (groups.has(group)) return;
    if (groups.size >= MAX_GROUPS_PER_CONNECTION) {
      throw refused(
        `one connection may be in ${MAX_GROUPS_PER_CONNECTION} groups, ${group} would be one more`,
      );
    }
    groups.add(group);
  }

  delete(connection: Connection, group: string): void {
    const groups = this.#groups.get(connection);
    if (groups?.delete(group) === true && groups.size === 0) this.#groups.delete(connection);
  }

  /** Whether the connection is in any group. */
  has(connection: Connection): boolean {
    return this.#groups.has(connection);
  }

  /** A copy. */
  of(connection: Connection): readonly string[] {
    return [...(this.#groups.get(connection) ?? [])];
  }
}

function refused(remark: string): ResponseError {
  return new ResponseError(ResponseCode.SYSTEM_ERROR, remark);
}
