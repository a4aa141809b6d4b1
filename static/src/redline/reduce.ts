// Any change ProseMirror made by itself (a spelling correction, a cut, a phone's keyboard) as one act: from, to, text.

import type { Transaction } from "prosemirror-state";

export interface Reduced {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The one replacement that a transaction amounts to, in positions before it; null when no word changed. */
export function reduced(tr: Transaction): Reduced | null {
  const [only] = tr.mapping.maps;
  if (only !== undefined && tr.mapping.maps.length === 1) {
    let found: Reduced | null = null;
    let count = 0;
    only.forEach((from, to, newFrom, newTo) => {
      count += 1;
      found = { from, to, text: tr.doc.textBetween(newFrom, newTo, "\n") };
    });
    if (count === 1) return found;
  }
  const start = tr.before.content.findDiffStart(tr.doc.content);
  const ends = tr.before.content.findDiffEnd(tr.doc.content);
  if (start === null || ends === null) return null;
  const overlap = start - Math.min(ends.a, ends.b);
  const to = ends.a + Math.max(0, overlap);
  return { from: start, to, text: tr.doc.textBetween(start, ends.b + Math.max(0, overlap), "\n") };
}
