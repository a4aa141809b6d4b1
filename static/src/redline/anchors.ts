// A place in a block that outlives changes by anybody: "after this character", a character of the original or of a
// wording. Plain values, so that a caret can be told to others. Pure.

import type { Run } from "./compose";
import { smallestChange } from "./units";

export interface Anchor {
  readonly block: string;
  /** How many characters of the original stand before it. */
  readonly base: number;
  /** The wording it stands in or behind, and after how many of its characters. */
  readonly key?: string;
  readonly index?: number;
  /** That wording as it was, to follow its changes; never told to others. */
  readonly words?: string;
}

/** The anchor of an offset in what a block shows. */
export function anchorOf(block: string, runs: readonly Run[], offset: number): Anchor {
  let place = 0;
  let base = 0;
  for (const run of runs) {
    const next = place + run.text.length;
    if (offset > place && offset <= next) {
      if (run.by === undefined) return { block, base: base + offset - place };
      return { block, base, key: run.by, index: offset - place, words: run.text };
    }
    if (run.by === undefined) base += run.text.length;
    place = next;
  }
  return { block, base: offset <= 0 ? 0 : base };
}

/** Where the anchor is in what the block shows now. */
export function offsetOf(anchor: Anchor, runs: readonly Run[]): number {
  if (anchor.key !== undefined) {
    let place = 0;
    for (const run of runs) {
      if (run.by === anchor.key) return place + moved(anchor, run.text);
      place += run.text.length;
    }
  }
  let place = 0;
  let base = 0;
  for (const run of runs) {
    if (run.by === undefined) {
      if (anchor.base > base && anchor.base <= base + run.text.length) return place + anchor.base - base;
      base += run.text.length;
    }
    place += run.text.length;
  }
  return anchor.base <= 0 ? 0 : place;
}

function moved(anchor: Anchor, now: string): number {
  const index = anchor.index ?? 0;
  const change = anchor.words === undefined ? null : smallestChange(anchor.words, now);
  if (change === null || index <= change.at) return Math.min(index, now.length);
  if (index >= change.at + change.remove) return Math.min(index - change.remove + change.insert.length, now.length);
  return change.at;
}
