// Words that were refused, or had not been sent when the page closed: kept in this tab's session storage until the
// person puts them back, or says they have them elsewhere. Signing out clears them (page.ts).

import { stillMissing, type Fragment } from "./unsaved";

export interface Kept {
  readonly fragments: readonly Fragment[];
  /** Why they were not saved, in plain words. */
  readonly reason: string;
  /** They were saved, and then taken out of the plan by somebody else. */
  readonly isRemoved?: boolean;
}

const PREFIX = "alongside-kept:";
const UNSENT_PREFIX = "alongside-unsent:";

export class KeptWords {
  constructor(
    private readonly document: string,
    private readonly storage: Storage = sessionStorage,
  ) {}

  all(): Kept[] {
    return read(this.storage, PREFIX + this.document);
  }

  add(kept: Kept): void {
    if (kept.fragments.length > 0) this.store(PREFIX, [...this.all(), kept]);
  }

  /** Drops what the plan has after all, and nothing else; did that change anything? */
  dropKnown(known: (client: number) => number): boolean {
    const before = this.all();
    const after = before.map((kept) => ({ ...kept, fragments: stillMissing(kept.fragments, known) })).filter((kept) => kept.fragments.length > 0);
    if (JSON.stringify(before) === JSON.stringify(after)) return false;
    if (after.length === 0) this.clear();
    else this.store(PREFIX, after);
    return true;
  }

  clear(): void {
    this.storage.removeItem(PREFIX + this.document);
  }

  /** What is waiting to be sent right now, in case the page is closed or thrown away. */
  noteUnsent(fragments: readonly Fragment[]): void {
    if (fragments.length === 0) this.storage.removeItem(UNSENT_PREFIX + this.document);
    else this.store(UNSENT_PREFIX, [{ fragments, reason: "" }]);
  }

  /** What an earlier life of this page left unsent; forgotten once read. */
  takeUnsent(): Fragment[] {
    const found = read(this.storage, UNSENT_PREFIX + this.document).flatMap((kept) => kept.fragments);
    this.storage.removeItem(UNSENT_PREFIX + this.document);
    return found;
  }

  private store(prefix: string, all: readonly Kept[]): void {
    try {
      this.storage.setItem(prefix + this.document, JSON.stringify(all));
    } catch (error) {
      // Full or forbidden storage: the words still stand on the page.
      if (!(error instanceof DOMException)) throw error;
    }
  }
}

/** Forgets every section's words; called when the person signs out. */
export function forgetAllKept(storage: Storage = sessionStorage): void {
  for (const key of Object.keys(storage)) {
    if (key.startsWith(PREFIX) || key.startsWith(UNSENT_PREFIX)) storage.removeItem(key);
  }
}

function read(storage: Storage, key: string): Kept[] {
  const text = storage.getItem(key);
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? (value as Kept[]) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
