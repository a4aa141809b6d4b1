// What the items of all sections are called, so that a link can say "Meets need B3: Reading" in words.
// Read from the plan's API; refreshed when the person comes back to the page, when the plan changes, and every few seconds.

import { askServer } from "./asking";
import { isItemKind, type ItemKind } from "./facts";

export interface KnownItem {
  readonly id: string;
  readonly section: string;
  readonly label: string;
  readonly kind: ItemKind;
  readonly title: string;
  /** The items it links to. */
  readonly refs: readonly string[];
}

const EVERY_MS = 8_000;

export class Directory {
  private known = new Map<string, KnownItem>();
  private isLoaded = false;
  private readonly wanted = new Set<string>();
  private missing = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly onFocus = () => void this.refresh();

  constructor(private readonly address: string) {
    this.timer = setInterval(this.onFocus, EVERY_MS);
    window.addEventListener("focus", this.onFocus);
  }

  get(id: string): KnownItem | null {
    return this.known.get(id) ?? null;
  }

  /** Items of the given sections, in the order of the plan. */
  of(sections: readonly string[]): KnownItem[] {
    return [...this.known.values()].filter((item) => sections.includes(item.section));
  }

  /** Items that link to this one, in the order of the plan. */
  linkingTo(id: string): KnownItem[] {
    return [...this.known.values()].filter((item) => item.refs.includes(id));
  }

  /** "Meets need B3: Reading", or what can be said while it is not known. */
  linkWords(id: string): string {
    const item = this.get(id);
    if (item === null) return this.isGone(id) ? "Linked to something that is no longer in the plan" : "Linked item";
    const does = item.kind === "need" ? "Meets need" : item.kind === "outcome" ? "Works towards outcome" : "Goes with provision";
    return `${does} ${item.label}: ${item.title === "" ? "no title yet" : item.title}`;
  }

  /** "B3", or what can be said of one that is not there. */
  label(id: string): string {
    return this.get(id)?.label ?? (this.isGone(id) ? "removed" : "…");
  }

  /** Was it missing when the server was asked for it? What is newer than our last look is asked for first. */
  private isGone(id: string): boolean {
    if (this.missing.has(id)) return true;
    if (this.isLoaded && !this.wanted.has(id)) void this.refresh();
    this.wanted.add(id);
    return false;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async refresh(): Promise<void> {
    if (document.visibilityState === "hidden") return;
    const asked = [...this.wanted];
    const answer = await askServer(this.address, { background: true });
    if (answer?.ok !== true) return; // not connected: what is known stays
    const body: unknown = await answer.json();
    const rows: unknown = Array.isArray(body) ? body : (body as { items?: unknown }).items;
    if (!Array.isArray(rows)) return;
    this.known = new Map(rows.map(readItem).filter((item) => item !== null).map((item) => [item.id, item]));
    this.missing = new Set(asked.filter((id) => !this.known.has(id)));
    this.isLoaded = true;
    for (const listener of this.listeners) listener();
  }

  end(): void {
    clearInterval(this.timer);
    window.removeEventListener("focus", this.onFocus);
    this.listeners.clear();
  }
}

function readItem(row: unknown): KnownItem | null {
  if (typeof row !== "object" || row === null) return null;
  const { id, section, label, kind, title, refs } = row as Record<string, unknown>;
  if (typeof id !== "string" || typeof section !== "string" || typeof label !== "string") return null;
  if (typeof kind !== "string" || !isItemKind(kind)) return null;
  return { id, section, label, kind, title: typeof title === "string" ? title : "", refs: Array.isArray(refs) ? refs.filter((to) => typeof to === "string") : [] };
}
