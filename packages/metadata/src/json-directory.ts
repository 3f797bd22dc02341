/**
 * Apache's JSON files in a directory: found with their `.bak` as Apache finds them, written so that
 * one of the two is whole at any moment.
 *
 * Source: ConfigManager.java, MixAll.java.
 */
import { join } from 'node:path';
import { crc32, RocketMqError } from '@orbitmq/kernel';
import { type Disk, readWholeFile, replaceFile } from '@orbitmq/runtime';

/** Tells two contents of a file apart without keeping them. */
export interface Fingerprint {
  readonly sizeBytes: number;
  readonly crc32: number;
}

export function fingerprintOf(content: Buffer): Fingerprint {
  return { sizeBytes: content.length, crc32: crc32(content, 0, content.length) };
}

export class JsonDirectory {
  readonly #disk: Disk;
  readonly #path: string;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** What the file holds; undefined when it is absent or empty. */
  async read(name: string): Promise<Buffer | undefined> {
    const content = await readWholeFile(this.#disk, join(this.#path, name));
    return content === undefined || content.length === 0 ? undefined : content;
  }

  /**
   * What `parse` makes of the file, or of its `.bak` when the file is absent, empty or no JSON.
   *
   * @returns undefined when there is neither
   * @throws {RocketMqError} METADATA_IMPORT_FAILED when something is there and none of it can be read
   */
  async parse<T>(name: string, parse: (content: Buffer) => T): Promise<T | undefined> {
    let cause: unknown;
    for (const candidate of [name, `${name}.bak`]) {
      const content = await this.read(candidate);
      if (content === undefined) continue;
      try {
        return parse(content);
      } catch (error) {
        cause ??= error;
      }
    }
    if (cause === undefined) return undefined;
    throw new RocketMqError(
      `${join(this.#path, name)} cannot be read, nor its .bak: repair it or remove both to start without`,
      { code: 'METADATA_IMPORT_FAILED', details: { directory: this.#path, name }, cause },
    );
  }

  /** Replaces the file; what it held before becomes its `.bak`. */
  async write(name: string, content: Buffer): Promise<void> {
    const path = join(this.#path, name);
    const before = await this.read(name);
    if (before?.equals(content) === true) return;
    if (before !== undefined) await this.#disk.rename(path, `${path}.bak`);
    await replaceFile(this.#disk, this.#path, name, content);
  }
}
