/**
 * How a group's queues are divided among its members. All members of a group must use the same way.
 *
 * Source: AllocateMessageQueueAveragely.java and its like.
 */
import type { MessageQueue } from './message.ts';
import {
  checkHasMethods,
  checkIsFunction,
  checkIsList,
  checkIsQueue,
  checkIsText,
} from './option-checks.ts';

/** Gets sorted queues and sorted client ids; every member comes to the same division. */
export type AllocationStrategy = (
  queues: readonly MessageQueue[],
  clientIds: readonly string[],
  clientId: string,
) => readonly MessageQueue[];

/** Consecutive queues, as evenly as possible. Apache's `AVG`. */
export const averagely: AllocationStrategy = (queues, clientIds, clientId) => {
  const index = clientIds.indexOf(clientId);
  if (index < 0) return [];
  const share = Math.floor(queues.length / clientIds.length);
  const rest = queues.length % clientIds.length;
  const start = index * share + Math.min(index, rest);
  return queues.slice(start, start + share + (index < rest ? 1 : 0));
};

/** One queue after the other around the members. Apache's `AVG_BY_CIRCLE`. */
export const averagelyByCircle: AllocationStrategy = (queues, clientIds, clientId) => {
  const index = clientIds.indexOf(clientId);
  if (index < 0) return [];
  return queues.filter((_queue, position) => position % clientIds.length === index);
};

/** Always these queues, whoever the members are; they must exist. Apache's `CONFIG`. */
export function configured(own: readonly MessageQueue[]): AllocationStrategy {
  checkIsList('queues', own, checkIsQueue);
  return (queues) => own.filter(({ topic }) => queues.some((queue) => queue.topic === topic));
}

/**
 * Queues of brokers that are called `room@name`, of these rooms only, evenly: each member gets consecutive
 * ones, and the rest go one each to the first members. Apache's `MACHINE_ROOM`.
 */
export function inMachineRooms(rooms: readonly string[]): AllocationStrategy {
  checkIsList('rooms', rooms, checkIsText);
  const wanted = new Set(rooms);
  return (queues, clientIds, clientId) => {
    const index = clientIds.indexOf(clientId);
    if (index < 0) return [];
    const near = queues.filter(({ brokerName }) => {
      const [room = '', name, ...more] = brokerName.split('@');
      return name !== undefined && more.length === 0 && wanted.has(room);
    });
    const share = Math.floor(near.length / clientIds.length);
    const own = near.slice(index * share, (index + 1) * share);
    const extra = near[index + share * clientIds.length];
    return extra === undefined ? own : [...own, extra];
  };
}

/** Says where brokers and members are. */
export interface MachineRooms {
  readonly roomOfBroker: (queue: MessageQueue) => string;
  readonly roomOfClient: (clientId: string) => string;
}

/**
 * Each room's queues go to that room's members, and those of rooms without a member to all. Apache's
 * `MACHINE_ROOM_NEARBY`.
 *
 * @param inner divides the queues of one room
 */
export function nearby(inner: AllocationStrategy, rooms: MachineRooms): AllocationStrategy {
  checkIsFunction('inner', inner);
  checkHasMethods('rooms', rooms, ['roomOfBroker', 'roomOfClient']);
  return (queues, clientIds, clientId) => {
    if (!clientIds.includes(clientId)) return [];
    const queuesByRoom = groupBy(queues, rooms.roomOfBroker);
    const clientsByRoom = groupBy(clientIds, rooms.roomOfClient);
    const ownRoom = rooms.roomOfClient(clientId);
    const own = inner(queuesByRoom.get(ownRoom) ?? [], clientsByRoom.get(ownRoom) ?? [], clientId);
    const foreign = [...queuesByRoom]
      .filter(([room]) => !clientsByRoom.has(room))
      .flatMap(([, theirs]) => inner(theirs, clientIds, clientId));
    return [...own, ...foreign];
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
