import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';

/** Where configuration files are read and kept; tests put a map in its place. */
export interface ConfigFiles {
  /** The text; undefined when there is no such file. @throws {RocketMqError} CONFIG_FILE_UNREADABLE, naming it */
  read(path: string): Promise<string | undefined>;
  /** Replaces the file, whole or not at all; the former one stays as `<path>.bak`. */
  replace(path: string, text: string): Promise<void>;
}

/** Files on the disk, in ISO-8859-1 as java.util.Properties has them. */
export const diskConfigFiles: ConfigFiles = {
  async read(path) {
    try {
      return await readFile(path, 'latin1');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw new RocketMqError(`${path} cannot be read: ${toError(error).message}`, {
        code: 'CONFIG_FILE_UNREADABLE',
        cause: error,
      });
    }
  },

  async replace(path, text) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, text, { encoding: 'latin1', flush: true });
    const former = await diskConfigFiles.read(path);
    if (former !== undefined) await writeFile(`${path}.bak`, former, 'latin1');
    await rename(`${path}.tmp`, path);
  },
};
