/** Makes the n-th call to SQLite or to the disk fail, in this process: for tests. */
import { type Disk, nodeDisk } from '@orbitmq/runtime';
import Sqlite from 'better-sqlite3';

/** `before`: nothing was done. `after`: all was done, and the caller is told that it was not. */
export type Failing = 'before' | 'after';

type Callable = (...args: unknown[]) => unknown;

/** What runs statements; BEGIN and COMMIT of a transaction are statements as well. */
const STATEMENT_CALLS = ['run', 'get', 'all'];

export class FailingCalls implements Disposable {
  /** Calls so far. */
  calls = 0;
  /** The machine's disk, whose calls are counted and fail too. */
  readonly disk: Disk = this.#watched(nodeDisk);
  readonly #failAt: number;
  readonly #how: Failing;
  readonly #restore: (() => void)[] = [];

  /** @param failAt number of the call that fails; 1 is the first */
  constructor(failAt: number, how: Failing) {
    this.#failAt = failAt;
    this.#how = how;
    const database = new Sqlite(':memory:');
    const statement = Object.getPrototypeOf(database.prepare('SELECT 1')) as object;
    database.close();
    for (const name of STATEMENT_CALLS) this.#patch(statement, name);
    this.#patch(Sqlite.prototype, 'exec');
  }

  /** Whether the call that fails was made. */
  get hasFailed(): boolean {
    return this.calls >= this.#failAt;
  }

  /** SQLite is itself again. */
  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  #patch(prototype: object, name: string): void {
    const methods = prototype as Record<string, Callable>;
    const original = methods[name] as Callable;
    const fails = (): boolean => this.#isNext();
    const how = this.#how;
    methods[name] = function failing(this: unknown, ...args: unknown[]): unknown {
      if (!fails()) return original.apply(this, args);
      if (how === 'after') original.apply(this, args);
      throw new Sqlite.SqliteError('disk I/O error', 'SQLITE_IOERR_WRITE');
    };
    this.#restore.push(() => {
      methods[name] = original;
    });
  }

  #watched<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (from, name) => {
        const method = Reflect.get(from, name, from) as Callable | undefined;
        // A promise's `then` is looked for in whatever it gives.
        if (method === undefined) return undefined;
        if (name === 'close') return method.bind(from);
        return async (...args: unknown[]): Promise<unknown> => {
          const fails = this.#isNext();
          if (fails && this.#how === 'before') throw diskError();
          const result = await method.apply(from, args);
          if (fails) throw diskError();
          return name === 'open' ? this.#watched(result as object) : result;
        };
      },
    });
  }

  #isNext(): boolean {
    this.calls++;
    return this.calls === this.#failAt;
  }
}

function diskError(): Error {
  return Object.assign(new Error('EIO: simulated'), { code: 'EIO' });
}
