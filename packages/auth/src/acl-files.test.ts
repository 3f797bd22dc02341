import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LogFields, silentLogger, toError } from '@orbitmq/kernel';
import { type Disk, nodeDisk, type Timers } from '@orbitmq/runtime';
import { AclFiles } from './acl-files.ts';

const NOW_MS = 1_700_000_000_000;
const FIRST = 'accounts:\n- accessKey: account-1\n  secretKey: secret-1\n';
const SECOND = 'accounts:\n- accessKey: account-2\n  secretKey: secret-2\n';

let home: string;
let plain: string;
/** Files get a time of their own with each write. */
let writes = 0;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orbitmq-acl-'));
  plain = join(home, 'conf', 'plain_acl.yml');
  await mkdir(join(home, 'conf', 'acl', 'deeper'), { recursive: true });
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

async function put(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  const time = new Date(NOW_MS + 1_000 * ++writes);
  await utimes(path, time, time);
}

/** @param log told of errors alone */
function open(disk: Disk = nodeDisk, log: (message: string) => void = () => undefined) {
  const timers = { every: () => ({ cancel: () => undefined }) } as unknown as Timers;
  const clock = { now: () => NOW_MS, monotonicMs: () => 0 };
  const error = (fields: LogFields) => log(toError(fields['err']).message);
  return AclFiles.open({ home, disk, clock, timers, log: { ...silentLogger, error } });
}

describe('account files', () => {
  it('are all read, below conf/acl too, and an account counts where it stands first', async () => {
    await put(plain, FIRST);
    const again = SECOND + FIRST.replace('accounts:\n', '').replace('secret-1', 'secret-x');
    await put(join(home, 'conf', 'acl', 'deeper', 'b.yml'), again);
    await put(join(home, 'conf', 'acl', 'notes.txt'), 'accounts: 5');
    await using files = await open();
    expect(files.rules.size).toBe(2);
    expect(files.rules.get('account-1')?.key.export().toString()).toBe('secret-1');
    expect([...files.versions().keys()]).toHaveLength(2);
  });

  it('are read again when one changes, comes, or goes', async () => {
    await put(plain, FIRST);
    await using files = await open();
    await put(plain, SECOND);
    await files.refresh();
    expect([files.rules.get('account-1'), files.rules.get('account-2')?.accessKey]).toEqual([
      undefined,
      'account-2',
    ]);
    await put(join(home, 'conf', 'acl', 'a.yml'), FIRST);
    await files.refresh();
    expect(files.rules.size).toBe(2);
    await rm(plain);
    await files.refresh();
    expect(files.rules.get('account-2')).toBeUndefined();
  });

  it('that are broken stop the start, and later leave what was read in force', async () => {
    await put(plain, FIRST);
    await using files = await open();
    await put(plain, 'accounts: [');
    await files.refresh();
    expect(files.rules.size).toBe(1);
    await expect(open()).rejects.toMatchObject({
      code: 'ACL_FILE_MALFORMED',
      message: expect.stringContaining(plain) as unknown,
    });
    await put(plain, SECOND);
    await files.refresh();
    expect(files.rules.get('account-2')).toBeDefined();
  });

  it('that cannot be looked at are logged once, however often that is tried', async () => {
    await put(plain, FIRST);
    let isFailing = false;
    const list: Disk['list'] = (path) =>
      isFailing ? Promise.reject(new Error('EACCES')) : nodeDisk.list(path);
    const logged: string[] = [];
    await using files = await open({ ...nodeDisk, list }, (message) => logged.push(message));
    isFailing = true;
    for (let look = 0; look < 5; look++) await files.refresh();
    expect(logged).toEqual(['EACCES']);
    expect(files.rules.size).toBe(1);
    isFailing = false;
    await put(plain, 'accounts: [');
    await files.refresh();
    await files.refresh();
    expect(logged).toEqual(['EACCES', expect.stringContaining('not YAML at line 1')]);
  });

  it('that are absent leave nobody served', async () => {
    await using files = await open();
    expect(files.rules.size).toBe(0);
    home = '';
    await expect(open()).rejects.toMatchObject({ code: 'ACL_HOME_MISSING' });
    home = files.defaultFile.replace('/conf/plain_acl.yml', '');
  });

  it('are rewritten when an administrator changes them, and the change is in force at once', async () => {
    await put(plain, FIRST);
    const other = join(home, 'conf', 'acl', 'a.yml');
    await put(other, SECOND);
    await using files = await open();
    await files.putAccount({ accessKey: 'account-3', secretKey: 'secret-3', admin: true });
    await files.putAccount({ accessKey: 'account-2', topicPerms: ['T=PUB'] });
    expect(files.rules.get('account-3')?.isAdmin).toBe(true);
    expect(files.rules.get('account-2')?.topicPermissions.get('T')).toBe(4);
    expect(await readFile(other, 'utf8')).toContain('secretKey: secret-2');
    expect(files.versions().get(plain)).toEqual({ counter: 1, timestamp: NOW_MS });
    expect(await files.deleteAccount('account-1')).toBe(true);
    expect(await files.deleteAccount('account-1')).toBe(false);
    expect(await files.setGlobalWhiteAddresses(['10.*'])).toBe(true);
    await using reopened = await open();
    expect([reopened.rules.size, reopened.rules.isGloballyWhite('10.1.2.3')]).toEqual([2, true]);
    expect(reopened.versions().get(plain)?.counter).toBe(3);
  });

  it('keep what is legal: a change that is not is refused and nothing is written', async () => {
    await put(plain, FIRST);
    await using files = await open();
    const malformed = { code: 'ACL_FILE_MALFORMED' };
    const short = { accessKey: 'account-4', secretKey: 'short' };
    await expect(files.putAccount(short)).rejects.toMatchObject(malformed);
    const noKey = { accessKey: 'account-4' };
    await expect(files.putAccount(noKey)).rejects.toMatchObject(malformed);
    const noPermission = { accessKey: 'account-1', topicPerms: ['T'] };
    await expect(files.putAccount(noPermission)).rejects.toMatchObject(malformed);
    await expect(files.setGlobalWhiteAddresses(['nonsense'])).rejects.toMatchObject(malformed);
    expect(await files.setGlobalWhiteAddresses(['10.*'], '/etc/passwd')).toBe(false);
    expect(await readFile(plain, 'utf8')).toBe(FIRST);
    expect(files.rules.size).toBe(1);
  });
});
