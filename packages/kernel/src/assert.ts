/** A broken invariant: a bug in this process, never something a peer or a disk can cause. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * States what must hold here.
 *
 * @throws {InvariantError} when it does not; nothing may catch it and go on
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InvariantError(invariant);
}

/** The value, which by construction cannot be absent. @throws {InvariantError} when it is */
export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantError(`${what} is absent`);
  return value;
}
