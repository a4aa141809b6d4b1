// A key that was pressed on the other side's words, as the wording the person meant: a copy with the key applied. It is
// what a counter-proposal begins with, so that nothing typed is lost.

import { texts, type Shown } from "../compose";
import type { Spot } from "../acts";

export interface Meant {
  readonly key: string;
  /** Which of its wordings, and what it would be. */
  readonly part: string;
  readonly wording: string;
  /** Where the caret stands in it. */
  readonly caret: number;
}

/** The wording of `key` as this replacement would have left it. */
export function asWritten(shown: readonly Shown[], key: string, act: { readonly from: Spot; readonly to: Spot; readonly text: string }): Meant {
  const all = texts(shown);
  const first = all.findIndex((block) => block.id === act.from.block);
  const last = all.findIndex((block) => block.id === act.to.block);
  for (let place = Math.min(first, last); place >= 0 && place <= Math.max(first, last); place += 1) {
    const block = all[place];
    let begins = 0;
    for (const run of block?.runs ?? []) {
      const ends = begins + run.text.length;
      if (run.by === key) {
        const from = place === first ? clamp(act.from.offset, begins, ends) : begins;
        const to = place === last ? clamp(act.to.offset, begins, ends) : ends;
        const wording = run.text.slice(0, from - begins) + act.text + run.text.slice(Math.max(from, to) - begins);
        return { key, part: block?.part ?? "wording", wording, caret: from - begins + act.text.length };
      }
      begins = ends;
    }
    if (block?.key === key && begins === 0) return { key, part: block.part ?? "wording", wording: act.text, caret: act.text.length };
  }
  return { key, part: "wording", wording: act.text, caret: act.text.length };
}

function clamp(offset: number, low: number, high: number): number {
  return Math.min(Math.max(offset, low), high);
}
