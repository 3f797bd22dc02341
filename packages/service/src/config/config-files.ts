import { createReadStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, RocketMqError, toError } from '@orbitmq/kernel';

/** Where configuration files are read and kept; tests put a map in its place. */
export interface ConfigFiles {
  /**
   * The text; undefined when there is no such file.
   *
   * @throws {RocketMqError} CONFIG_FILE_UNREADABLE, naming it, also for a file that is no text
   */
  read(path: string): Promise<string | undefined>;
  /** Replaces the file, whole or not at all; the former one stays as `<path>.bak`. */
  replace(path: string, text: string): Promise<void>;
}

/** All keys with the longest values take a hundredth of it: a larger file is another than was meant. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** What no text has; bytes from 0x80 on are letters. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const NO_TEXT = /[\u0000-\u0008\u000B\u000E-\u001F\u007F]/u;

/** Files on the disk, in ISO-8859-1 as java.util.Properties has them. */
export const diskConfigFiles: ConfigFiles = {
  async read(path) {
    const bytes = await firstBytes(path).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw unreadable(`${path} cannot be read: ${toError(error).message}`, error);
    });
    if (bytes === undefined) return undefined;
    const text = bytes.toString('latin1');
    const found = NO_TEXT.exec(text);
    if (found !== null) {
      const byte = found[0].charCodeAt(0).toString(16).padStart(2, '0');
      throw unreadable(
        `${path} is no configuration file: it has the byte 0x${byte} at ${found.index}, expected lines of key=value`,
      );
    }
    if (bytes.length > MAX_FILE_BYTES) {
      throw unreadable(
        `${path} is no configuration file: it has more than ${MAX_FILE_BYTES} bytes, expected lines of key=value`,
      );
    }
    return text;
  },

  async replace(path, text) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, text, { encoding: 'latin1', flush: true });
    const former = await diskConfigFiles.read(path);
    if (former !== undefined) await writeFile(`${path}.bak`, former, 'latin1');
    await rename(`${path}.tmp`, path);
  },
};

/** As many as tell whether there are too many: what is named may be a device that never ends. */
async function firstBytes(path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream(path, { end: MAX_FILE_BYTES })) {
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

function unreadable(message: string, cause?: unknown): RocketMqError {
  return new RocketMqError(message, { code: 'CONFIG_FILE_UNREADABLE', cause });
}
