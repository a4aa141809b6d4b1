// Input methods (accents, Chinese, phone keyboards) write letters before they are sure of them. Until they are, their
// block is left alone: nothing of it is written or redrawn. Afterwards everything they did becomes one act.

import type { Run } from "../compose";
import { anchorOf, offsetOf } from "../anchors";
import { smallestChange } from "../units";

/** ProseMirror reads the last letters a moment after the composition ended. */
const SETTLE_MS = 60;

export interface Composed {
  readonly block: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface Desk {
  /** The text of a block as the page has it now, unwritten letters included. */
  readonly textOf: (block: string) => string | null;
  readonly runs: (block: string) => readonly Run[];
  /** The composition is over: the block may be redrawn, and this act is to be done. */
  readonly done: (composed: Composed | null) => void;
}

export class Composing {
  private block: string | null = null;
  private runs: readonly Run[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly desk: Desk) {}

  /** The block that is left alone now. */
  get frozen(): string | null {
    return this.block;
  }

  start(block: string): void {
    clearTimeout(this.timer);
    if (this.block === block) return;
    this.flush();
    this.block = block;
    this.runs = this.desk.runs(block);
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.flush(); }, SETTLE_MS);
  }

  /** Ends it now, for example because the focus leaves. */
  flush(): void {
    clearTimeout(this.timer);
    const { block, runs } = this;
    if (block === null) return;
    const now = this.desk.textOf(block);
    this.block = null;
    const change = now === null ? null : smallestChange(runs.map((run) => run.text).join(""), now);
    if (change === null) {
      this.desk.done(null);
      return;
    }
    const current = this.desk.runs(block);
    const place = (offset: number) => offsetOf(anchorOf(block, runs, offset), current);
    const from = place(change.at);
    this.desk.done({ block, from, to: Math.max(from, place(change.at + change.remove)), text: change.insert });
  }
}
