// All that is on the page at one moment: the baseline, every layer, what the register says; and the one way to write.
// Whoever shows it asks for `shown()` and is told when it changed.

import type * as Y from "yjs";
import type { State } from "./acts";
import { Baseline, type BaselineValue } from "./baseline";
import { composeRecords, texts, type Run, type Shown } from "./compose";
import type { Layer } from "./layerdoc";
import type { Profile, Standing, Status } from "./looks";
import { placed } from "./placing";
import { records, type NewRecord, type ProposalRecord, type Side } from "./records";

/** Why it changed: an act of this page, its undo, somebody else, or news from the register. */
export type Cause = "own" | "undo" | "others" | "register";

export interface Register {
  readonly status: (key: string) => Status;
  readonly profile: Profile;
  readonly tribunal: Readonly<Record<string, unknown>>;
}

export interface Layers {
  /** A side's layers; of a record that two hold, the later one's fields count. */
  readonly read: Readonly<Record<"family" | "authority", readonly Layer[]>>;
  readonly write: Layer | null;
}

export class Board {
  readonly baseline: Baseline;
  private readonly listeners = new Set<(cause: Cause) => void>();
  private cached: ReadonlyMap<string, ProposalRecord> | null = null;
  private composed: readonly Shown[] | null = null;
  private isQuiet = false;
  private minted = 0;
  private readonly tag = tagOf();
  private readonly unwatch: (() => void)[] = [];

  constructor(
    baseline: BaselineValue,
    readonly me: Side | null,
    private readonly layers: Layers,
    private register: Register,
  ) {
    this.baseline = new Baseline(baseline);
    const all = new Set([...layers.read.family, ...layers.read.authority, ...(layers.write === null ? [] : [layers.write])]);
    for (const layer of all) {
      const heard = (_events: unknown, transaction: Y.Transaction) => {
        this.stale();
        this.tell(transaction.local ? "own" : "others");
      };
      layer.root.observeDeep(heard);
      this.unwatch.push(() => { layer.root.unobserveDeep(heard); });
    }
  }

  end(): void {
    for (const stop of this.unwatch) stop();
    this.listeners.clear();
  }

  onChange(listener: (cause: Cause) => void): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /** News from the register. What has become agreed since is out of the reach of undo. */
  heard(register: Register): void {
    const { write } = this.layers;
    const before = this.register;
    this.register = register;
    this.stale();
    const newly = [...this.known().values()].some((record) => record.side === this.me && register.status(record.key) === "agreed" && before.status(record.key) !== "agreed");
    if (newly) write?.forgetUndo();
    this.tell("register");
  }

  known(): ReadonlyMap<string, ProposalRecord> {
    this.cached ??= records(this.baseline, {
      authority: Object.assign({}, ...this.layers.read.authority.map((layer) => layer.fields())) as unknown,
      family: Object.assign({}, ...this.layers.read.family.map((layer) => layer.fields())) as unknown,
      tribunal: this.register.tribunal,
    });
    return this.cached;
  }

  /** The display of everything together; what the tribunal refused is left out. */
  shown(): readonly Shown[] {
    this.composed ??= composeRecords(this.baseline, [...this.known().values()].filter((record) => this.status(record.key) !== "refused"));
    return this.composed;
  }

  runs(block: string): readonly Run[] {
    return texts(this.shown()).find((one) => one.id === block)?.runs ?? [];
  }

  readonly status = (key: string): Status => this.register.status(key);

  get standing(): Standing {
    return { profile: this.register.profile, known: this.known(), status: this.status };
  }

  get mayWrite(): boolean {
    return this.me !== null && this.layers.write !== null;
  }

  /** What the acts need; null where this person proposes nothing. */
  state(): State | null {
    if (this.me === null) return null;
    const known = this.known();
    const mine = [...known.values()].filter((record) => record.side === this.me);
    const apart = new Set(mine.filter((record) => record.counters !== "" || this.status(record.key) === "agreed").map((record) => record.key));
    return { baseline: this.baseline, known, me: this.me, apart, mint: () => this.mint() };
  }

  /** Writes the records of one act in this side's layer, and tells once. */
  write(written: readonly ProposalRecord[]): void {
    const { write } = this.layers;
    if (write === null || written.length === 0) return;
    this.quietly(() => { write.write(written, (record) => this.cells(record)); });
    this.tell("own");
  }

  newStep(): void {
    this.layers.write?.newStep();
  }

  undo(): boolean {
    return this.back((layer) => layer.undo());
  }

  redo(): boolean {
    return this.back((layer) => layer.redo());
  }

  private back(step: (layer: Layer) => boolean): boolean {
    const { write } = this.layers;
    if (write === null) return false;
    const did = this.quietly(() => step(write));
    if (did) this.tell("undo");
    return did;
  }

  private quietly<Result>(run: () => Result): Result {
    this.isQuiet = true;
    try {
      return run();
    } finally {
      this.isQuiet = false;
    }
  }

  private tell(cause: Cause): void {
    if (!this.isQuiet) for (const listener of this.listeners) listener(cause);
  }

  private stale(): void {
    this.cached = null;
    this.composed = null;
  }

  /** How many cells a new row has where it stands. */
  private cells(record: ProposalRecord): number {
    if (record.type !== "new" || record.kind !== "tr") return 1;
    const others = [...this.known().values()].filter((one): one is NewRecord => one.type === "new" && one.key !== record.key);
    for (const slots of placed(this.baseline, [...others, record]).values()) {
      const slot = slots.find((one) => one.record === record);
      if (slot !== undefined) return Math.max(1, slot.cells);
    }
    return 1;
  }

  private mint(): string {
    this.minted += 1;
    return `${Date.now().toString(36)}${this.tag}${this.minted.toString(36)}`;
  }
}

function tagOf(): string {
  return [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => (byte % 36).toString(36)).join("");
}
