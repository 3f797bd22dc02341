/**
 * The account files of one broker: `<home>/conf/plain_acl.yml` and every `*.yml` below `<home>/conf/acl`.
 *
 * They are read at the start and again when one of them changes. A file that cannot be read at the start
 * stops it; later it is logged, and the accounts that were read last stay in force. What administrators
 * change is on the disk before they are answered: a crash leaves the old file or the new one.
 *
 * Source: PlainPermissionManager.java, FileWatchService.java.
 */
import { dirname, join } from 'node:path';
import { type Logger, RocketMqError, toError } from '@orbitmq/kernel';
import {
  type Clock,
  type Disk,
  readWholeFile,
  replaceFile,
  type Timer,
  type Timers,
} from '@orbitmq/runtime';
import {
  type AclAccount,
  type AclDocument,
  type AclVersion,
  accountProblem,
  EMPTY_ACL_DOCUMENT,
  parseAclDocument,
  parseResourcePermission,
  printAclDocument,
} from './acl-document.ts';
import { AclRules } from './acl-rules.ts';
import { aclFileMalformed } from './auth-error.ts';
import { parseAddressPattern } from './remote-address.ts';

/** How often files are looked at. Source: FileWatchService.java. */
const WATCH_PERIOD_MS = 500;
/** Files below `conf/acl`, and how deep they lie: somebody's home is not searched by mistake. */
const MAX_FILES = 1_000;
const MAX_DEPTH = 8;

export interface AclFilesOptions {
  /** `rocketmqHome`. */
  readonly home: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

/** A change of an account; what is absent stays as it is. */
export type AccountChange = Pick<AclAccount, 'accessKey'> & Partial<AclAccount>;

export class AclFiles implements AsyncDisposable {
  readonly #options: AclFilesOptions;
  /** By path, in the order in which accounts count. */
  #documents = new Map<string, AclDocument>();
  #rules = new AclRules([]);
  #stamp = '';
  /** What was logged last as wrong with the files; they are looked at twice a second. */
  #failure: string | undefined;
  #watch: Timer | undefined;
  /** Reads and changes run one after another. */
  #work: Promise<void> = Promise.resolve();

  /** @throws {RocketMqError} ACL_HOME_MISSING; ACL_FILE_MALFORMED, naming the file; errors of the disk */
  static async open(options: AclFilesOptions): Promise<AclFiles> {
    if (options.home === '') {
      throw new RocketMqError(
        'aclEnable is true: set rocketmqHome or ROCKETMQ_HOME to the directory that holds conf/plain_acl.yml',
        { code: 'ACL_HOME_MISSING' },
      );
    }
    const files = new AclFiles(options);
    files.#stamp = await files.#look();
    await files.#read();
    if (files.#rules.size === 0) {
      options.log.warn(
        { file: files.defaultFile },
        'no account is defined: only white addresses are served',
      );
    }
    files.#watch = options.timers.every(WATCH_PERIOD_MS, () => void files.refresh());
    return files;
  }

  private constructor(options: AclFilesOptions) {
    this.#options = options;
  }

  /** Accounts in force. */
  get rules(): AclRules {
    return this.#rules;
  }

  /** Where new accounts go. */
  get defaultFile(): string {
    return join(this.#options.home, 'conf', 'plain_acl.yml');
  }

  /** Versions of all files, by path. */
  versions(): ReadonlyMap<string, AclVersion> {
    return new Map([...this.#documents].map(([path, { version }]) => [path, version]));
  }

  /** Reads the files again if one of them changed. What is wrong with them is logged. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        const stamp = await this.#look();
        if (stamp === this.#stamp) return;
        this.#failure = undefined;
        // Looked at once only: a file that cannot be read is read again when it changes again.
        this.#stamp = stamp;
        await this.#read();
        this.#options.log.info({ accounts: this.#rules.size }, 'account files read again');
      } catch (thrown) {
        const error = toError(thrown);
        if (error.message === this.#failure) return;
        this.#failure = error.message;
        this.#options.log.error(
          { err: error },
          'account files cannot be read, the accounts that were read last stay in force',
        );
      }
    });
  }

  /**
   * Creates an account in the default file, or changes it where it is.
   *
   * @throws {RocketMqError} ACL_FILE_MALFORMED when the account would be illegal; nothing changed
   */
  putAccount(change: AccountChange): Promise<void> {
    return this.#inTurn(async () => {
      const path = this.#fileOf(change.accessKey) ?? this.defaultFile;
      const document = this.#documents.get(path) ?? EMPTY_ACL_DOCUMENT;
      const known = document.accounts.find(({ accessKey }) => accessKey === change.accessKey);
      const account = {
        ...known,
        ...change,
        secretKey: change.secretKey ?? known?.secretKey ?? '',
      };
      checkAccount(account);
      const others = document.accounts.filter((each) => each !== known);
      await this.#write(path, { ...document, accounts: [...others, account] });
    });
  }

  /** @returns whether there was one */
  async deleteAccount(accessKey: string): Promise<boolean> {
    let isDeleted = false;
    await this.#inTurn(async () => {
      const path = this.#fileOf(accessKey);
      const document = path === undefined ? undefined : this.#documents.get(path);
      if (path === undefined || document === undefined) return;
      const accounts = document.accounts.filter((account) => account.accessKey !== accessKey);
      await this.#write(path, { ...document, accounts });
      isDeleted = true;
    });
    return isDeleted;
  }

  /**
   * Replaces the addresses of one file that need no account.
   *
   * @param path a file that is known, the default one when it is absent: nothing else is written to
   * @returns whether the file is known
   * @throws {RocketMqError} ACL_FILE_MALFORMED when one is no address; nothing changed
   */
  async setGlobalWhiteAddresses(addresses: readonly string[], path?: string): Promise<boolean> {
    for (const address of addresses) parseAddressPattern(address);
    const file = path === undefined || path === '' ? this.defaultFile : path;
    if (file !== this.defaultFile && !this.#documents.has(file)) return false;
    await this.#inTurn(async () => {
      const document = this.#documents.get(file) ?? EMPTY_ACL_DOCUMENT;
      await this.#write(file, { ...document, globalWhiteRemoteAddresses: addresses });
    });
    return true;
  }

  /** Waits for what is under way. Idempotent. */
  async close(): Promise<void> {
    this.#watch?.cancel();
    await this.#work;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  #fileOf(accessKey: string): string | undefined {
    for (const [path, { accounts }] of this.#documents) {
      if (accounts.some((account) => account.accessKey === accessKey)) return path;
    }
    return undefined;
  }

  async #write(path: string, document: AclDocument): Promise<void> {
    const { clock, disk } = this.#options;
    const version = { counter: document.version.counter + 1, timestamp: clock.now() };
    const written = { ...document, version };
    const documents = new Map(this.#documents).set(path, written);
    const rules = new AclRules([...documents.values()]);
    const directory = dirname(path);
    await disk.makeDirectory(directory);
    const name = path.slice(directory.length + 1);
    await replaceFile(disk, directory, name, Buffer.from(printAclDocument(written)));
    this.#documents = documents;
    this.#rules = rules;
    this.#stamp = await this.#look();
  }

  /** @throws {RocketMqError} ACL_FILE_MALFORMED, naming the file */
  async #read(): Promise<void> {
    const documents = new Map<string, AclDocument>();
    for (const path of await this.#paths()) {
      const bytes = await readWholeFile(this.#options.disk, path);
      if (bytes === undefined) continue;
      documents.set(
        path,
        inFile(path, () => parseAclDocument(bytes.toString('utf8'))),
      );
      inFile(path, () => new AclRules([...documents.values()]));
    }
    this.#rules = new AclRules([...documents.values()]);
    this.#documents = documents;
  }

  /** What changes when a file does. */
  async #look(): Promise<string> {
    const stamps: string[] = [];
    for (const path of await this.#paths()) {
      const stat = await this.#options.disk.stat(path);
      if (stat !== undefined) stamps.push(`${path} ${stat.modifiedMs} ${stat.sizeBytes}`);
    }
    return stamps.join('\n');
  }

  async #paths(): Promise<readonly string[]> {
    const below = await this.#filesBelow(join(this.#options.home, 'conf', 'acl'), MAX_DEPTH);
    return [this.defaultFile, ...below.toSorted()].slice(0, MAX_FILES);
  }

  async #filesBelow(directory: string, depth: number): Promise<string[]> {
    if (depth === 0) return [];
    const paths: string[] = [];
    for (const { name, isDirectory } of await this.#options.disk.list(directory)) {
      const path = join(directory, name);
      if (isDirectory) paths.push(...(await this.#filesBelow(path, depth - 1)));
      else if (name.endsWith('.yml')) paths.push(path);
    }
    return paths;
  }
}

/** @throws {RocketMqError} ACL_FILE_MALFORMED */
function checkAccount(account: AclAccount): void {
  const problem = accountProblem(account);
  if (problem !== undefined) throw aclFileMalformed(problem);
  parseAddressPattern(account.whiteRemoteAddress);
  for (const text of [...(account.topicPerms ?? []), ...(account.groupPerms ?? [])]) {
    parseResourcePermission(text);
  }
}

/** Names the file in what goes wrong with it. */
function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw aclFileMalformed(`${path}: ${toError(error).message}`, error);
  }
}
