/**
 * The content of one file: what programs see (the page cache), what the disk has for certain, and what
 * may have reached it in between.
 *
 * The unit is the sector of 512 bytes. Since its last sync a sector may have had several contents; after
 * a power cut it has any one of them, whatever its neighbours have. So too the file's size.
 */
import type { SeededRandom } from './seeded-random.ts';

export const SECTOR_BYTES = 512;
const BLOCK_BYTES = 4096;
const NO_BYTES = Buffer.alloc(0);
const ZEROS = Buffer.alloc(SECTOR_BYTES);

export class SimulatedFile {
  /** What programs read; bytes from its length up to the size are zero. */
  #cache: Buffer = NO_BYTES;
  #sizeBytes = 0;
  #durable: Buffer = NO_BYTES;
  #durableSizeBytes = 0;
  /** Contents that sectors had since they were last synced, oldest first. */
  readonly #pending = new Map<number, Buffer[]>();
  #pendingSizes: number[] = [];
  /** Blocks that take up space. */
  readonly #blocks = new Set<number>();
  modifiedMs = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Space the file takes up; what was never written takes none. */
  get allocatedBytes(): number {
    return this.#blocks.size * BLOCK_BYTES;
  }

  /** Space that a write would take in addition. */
  newBytes(position: number, length: number): number {
    let blocks = 0;
    const last = Math.floor((position + length - 1) / BLOCK_BYTES);
    for (let block = Math.floor(position / BLOCK_BYTES); block <= last; block++) {
      if (!this.#blocks.has(block)) blocks++;
    }
    return blocks * BLOCK_BYTES;
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    const count = Math.max(0, Math.min(length, this.#sizeBytes - position));
    const known = Math.max(0, Math.min(count, this.#cache.length - position));
    if (known > 0) this.#cache.copy(target, offset, position, position + known);
    target.fill(0, offset + known, offset + count);
    return count;
  }

  write(source: Buffer, position: number): void {
    if (source.length === 0) return;
    const end = position + source.length;
    this.#cache = grown(this.#cache, end);
    source.copy(this.#cache, position);
    for (let block = Math.floor(position / BLOCK_BYTES); block * BLOCK_BYTES < end; block++) {
      this.#blocks.add(block);
    }
    this.#touch(position, end);
    if (end > this.#sizeBytes) this.#resize(end);
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      const end = Math.min(this.#sizeBytes, this.#cache.length);
      if (sizeBytes < end) {
        this.#cache.fill(0, sizeBytes, end);
        this.#touch(sizeBytes, end);
      }
      for (const block of this.#blocks) {
        if (block * BLOCK_BYTES >= sizeBytes) this.#blocks.delete(block);
      }
    }
    if (sizeBytes !== this.#sizeBytes) this.#resize(sizeBytes);
  }

  /** Everything that was written is on the disk. */
  sync(): void {
    for (const [sector, contents] of this.#pending) {
      this.#store(sector, contents.at(-1) as Buffer);
    }
    this.#pending.clear();
    this.#settleSize(this.#sizeBytes);
  }

  /**
   * The disk refused: some of what was written is on it, and the system counts all of it as written
   * back, so that a later sync does not try again (what Linux does).
   */
  failSync(random: SeededRandom): void {
    const survival = random.next();
    for (const [sector, contents] of this.#pending) {
      if (random.chance(survival)) this.#store(sector, random.pick(contents));
    }
    this.#pending.clear();
    this.#settleSize(random.pick([this.#durableSizeBytes, ...this.#pendingSizes]));
  }

  /** The file as it may be after a power cut. @param survival of each sector that was not synced */
  afterPowerCut(random: SeededRandom, survival: number): SimulatedFile {
    const after = new SimulatedFile();
    after.#durable = Buffer.from(this.#durable);
    for (const [sector, contents] of this.#pending) {
      if (random.chance(survival)) after.#store(sector, random.pick(contents));
    }
    const sizes = [this.#durableSizeBytes, ...this.#pendingSizes];
    const sizeBytes = random.chance(survival) ? (sizes.at(-1) as number) : random.pick(sizes);
    after.#durableSizeBytes = sizeBytes;
    if (after.#durable.length > sizeBytes) after.#durable = after.#durable.subarray(0, sizeBytes);
    after.#cache = Buffer.from(after.#durable);
    after.#sizeBytes = sizeBytes;
    for (const block of this.#blocks) {
      if (block * BLOCK_BYTES < sizeBytes) after.#blocks.add(block);
    }
    after.modifiedMs = this.modifiedMs;
    return after;
  }

  /** What programs see, as a file of its own of which all is on the disk. */
  copy(): SimulatedFile {
    const copy = new SimulatedFile();
    copy.#cache = Buffer.from(this.#cache);
    copy.#durable = Buffer.from(this.#cache);
    copy.#sizeBytes = this.#sizeBytes;
    copy.#durableSizeBytes = this.#sizeBytes;
    for (const block of this.#blocks) copy.#blocks.add(block);
    copy.modifiedMs = this.modifiedMs;
    return copy;
  }

  #touch(start: number, end: number): void {
    for (let sector = Math.floor(start / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) {
      const from = sector * SECTOR_BYTES;
      const content = Buffer.from(this.#cache.subarray(from, from + SECTOR_BYTES));
      const contents = this.#pending.get(sector);
      if (contents === undefined) this.#pending.set(sector, [content]);
      else contents.push(content);
    }
  }

  #resize(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
    this.#pendingSizes.push(sizeBytes);
  }

  #settleSize(sizeBytes: number): void {
    this.#durableSizeBytes = sizeBytes;
    this.#pendingSizes = [];
  }

  #store(sector: number, content: Buffer): void {
    const start = sector * SECTOR_BYTES;
    this.#durable = grown(this.#durable, start + content.length);
    ZEROS.copy(this.#durable, start);
    content.copy(this.#durable, start);
  }
}

/** At least `length` bytes long; room is added ahead in steps that double. */
function grown(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes;
  const larger = Buffer.alloc(Math.max(length, Math.min(bytes.length * 2, bytes.length + 65_536)));
  bytes.copy(larger);
  return larger;
}
