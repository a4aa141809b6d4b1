// Words that were refused, had not been sent when the page closed, or are gone with a store that was restored: kept in
// this tab's session storage until the person puts them back, or has them elsewhere. Signing out clears them (page.ts).

import { stillMissing, type Fragment } from "./unsaved";

export interface Kept {
  readonly fragments: readonly Fragment[];
  /** Why they were not saved, in plain words. */
  readonly reason: string;
  /** They were saved, and then taken out of the plan, by somebody else or with a restored backup. */
  readonly isRemoved?: boolean;
}

const PREFIX = "alongside-kept:";
const UNSENT_PREFIX = "alongside-unsent:";
const SAVED_PREFIX = "alongside-saved:";
const CLOSED = "This page was closed before they could be sent.";
const RESTORED = "The plan was put back to an earlier copy, and what was written since is gone from it.";

export class KeptWords {
  private isLeaving = false;

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
    this.note(UNSENT_PREFIX, fragments);
  }

  /** What this page wrote and was told is saved, while nobody can say whether the plan still has it. */
  noteSaved(fragments: readonly Fragment[]): void {
    if (!this.isLeaving) this.note(SAVED_PREFIX, fragments);
  }

  /** The person is signing out: what is saved leaves no trace in this browser. */
  leave(): void {
    this.isLeaving = true;
    this.note(SAVED_PREFIX, []);
  }

  get hasSaved(): boolean {
    return this.storage.getItem(SAVED_PREFIX + this.document) !== null;
  }

  /** Keeps of all that was noted what the plan does not have after all; is something gone that was saved? */
  recover(known: (client: number) => number): boolean {
    this.dropKnown(known);
    this.add({ fragments: stillMissing(this.take(UNSENT_PREFIX), known), reason: CLOSED });
    const gone = stillMissing(this.take(SAVED_PREFIX), known);
    this.add({ fragments: gone, reason: RESTORED, isRemoved: true });
    return gone.length > 0;
  }

  private note(prefix: string, fragments: readonly Fragment[]): void {
    if (fragments.length === 0) this.storage.removeItem(prefix + this.document);
    else this.store(prefix, [{ fragments, reason: "" }]);
  }

  /** What an earlier life of this page noted; forgotten once read. */
  private take(prefix: string): Fragment[] {
    const found = read(this.storage, prefix + this.document).flatMap((kept) => kept.fragments);
    this.storage.removeItem(prefix + this.document);
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

/** Calls `run` when the person signs out on this page. */
export function whenSigningOut(run: () => void): void {
  document.querySelector("form[action='/sign-out']")?.addEventListener("submit", run);
}

/** Forgets every section's words; called when the person signs out. */
export function forgetAllKept(storage: Storage = sessionStorage): void {
  for (const key of Object.keys(storage)) {
    if ([PREFIX, UNSENT_PREFIX, SAVED_PREFIX].some((prefix) => key.startsWith(prefix))) storage.removeItem(key);
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
