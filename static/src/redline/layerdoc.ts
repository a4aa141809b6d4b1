// A layer in use: read once per change, written act by act, with an undo of this page's own acts only. Undoing empties a
// record instead of removing it, so a colleague's words in it stay.

import * as Y from "yjs";
import { elementOf, fieldsOf, LAYER_ROOT, layerOf, makeGhost, writeOver, type Fields } from "./layer";
import type { ProposalRecord } from "./records";

/** Set once, when a record is made. */
const FIXED: ReadonlySet<string> = new Set(["id", "block", "after", "kind", "counters", "counters_hash", "group", "moves", "part"]);

export class Layer {
  readonly root: Y.XmlFragment;
  readonly undoManager: Y.UndoManager;
  private readonly own = { acts: "own" };
  private read: Record<string, Fields> | null = null;
  /** What each record element said when it was last read. */
  private readonly parts = new Map<Y.XmlElement, ReturnType<typeof fieldsOf>>();

  constructor(readonly doc: Y.Doc) {
    this.root = doc.getXmlFragment(LAYER_ROOT);
    this.root.observeDeep((events) => {
      this.read = null;
      for (const { target } of events) this.forget(target);
    });
    this.undoManager = new Y.UndoManager(this.root, {
      trackedOrigins: new Set<unknown>([this.own]),
      deleteFilter: (item) => !(item.content instanceof Y.ContentType) && !FIXED.has(item.parentSub ?? ""),
    });
  }

  /** The records by id, as `records()` takes them. */
  fields(): Record<string, Fields> {
    this.read ??= layerOf(this.root, (element) => {
      const before = this.parts.get(element);
      if (before !== undefined) return before;
      const read = fieldsOf(element);
      this.parts.set(element, read);
      return read;
    });
    return this.read;
  }

  /** Reads the record again in which something changed. */
  private forget(target: unknown): void {
    if (target === this.root) this.parts.clear();
    for (let at: unknown = target; at instanceof Y.AbstractType && at !== this.root; at = at.parent) {
      if (at instanceof Y.XmlElement) this.parts.delete(at as Y.XmlElement);
    }
  }

  /** Writes one act. `cells` is how many cells a new row has. New records come first, proposing nothing; then all is filled in. */
  write(records: readonly ProposalRecord[], cells: (record: ProposalRecord) => number): void {
    const made = records.filter((record) => elementOf(this.root, record.id) === null);
    if (made.length > 0) {
      this.doc.transact(() => {
        for (const record of made) makeGhost(this.root, record, cells(record));
      }, "made");
    }
    this.doc.transact(() => {
      for (const record of records) writeOver(this.root, record);
    }, this.own);
  }

  /** The act that follows is one step of undo by itself. */
  newStep(): void {
    this.undoManager.stopCapturing();
  }

  /** Takes back the last own act; false when there is none. */
  undo(): boolean {
    return this.undoManager.undo() !== null;
  }

  redo(): boolean {
    return this.undoManager.redo() !== null;
  }

  /** What was agreed is not to be undone by a stray key. */
  forgetUndo(): void {
    this.undoManager.clear();
  }
}
