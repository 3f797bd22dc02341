/** What a check of a store found. */

/**
 * `damage`: something is wrong that no start puts right. `note`: worth knowing; a start repairs it, or
 * it is how a store looks after a crash.
 */
export type Severity = 'damage' | 'note';

export interface Finding {
  readonly severity: Severity;
  /** File or directory, relative to the store. */
  readonly subject: string;
  /** Stable name of the kind, e.g. `record-checksum`. */
  readonly code: string;
  readonly text: string;
}

/** Lines of one kind about one subject; what comes beyond is counted only, so that a ruined file does not fill a disk. */
export const MAX_LINES_OF_A_KIND = 100;

/** Takes findings as they come, tells each at once, and counts all. */
export class FindingLog {
  readonly #tell: (finding: Finding) => void;
  readonly #counts = new Map<string, { readonly finding: Finding; count: number }>();
  #damages = 0;
  #notes = 0;

  constructor(tell: (finding: Finding) => void) {
    this.#tell = tell;
  }

  get damages(): number {
    return this.#damages;
  }

  get notes(): number {
    return this.#notes;
  }

  damage(subject: string, code: string, text: string): void {
    this.#damages++;
    this.#add({ severity: 'damage', subject, code, text });
  }

  note(subject: string, code: string, text: string): void {
    this.#notes++;
    this.#add({ severity: 'note', subject, code, text });
  }

  /** Tells how many were only counted. */
  finish(): void {
    for (const { finding, count } of this.#counts.values()) {
      const untold = count - MAX_LINES_OF_A_KIND;
      if (untold > 0) this.#tell({ ...finding, text: `and ${untold} more of this kind` });
    }
  }

  #add(finding: Finding): void {
    const key = `${finding.code}\n${finding.subject}`;
    const known = this.#counts.get(key) ?? { finding, count: 0 };
    known.count++;
    this.#counts.set(key, known);
    if (known.count <= MAX_LINES_OF_A_KIND) this.#tell(finding);
  }
}
