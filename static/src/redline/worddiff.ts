// What changed between two wordings, word by word, so that a slipped-in "may" cannot hide. An answer is shown as its
// words against the words it answers. Twin of sections/redline/worddiff.py.

export interface Piece {
  readonly kind: "same" | "out" | "in";
  readonly text: string;
}

const TOKEN = /[0-9A-Za-z'\u2019\u00c0-\u1fff\u2070-\u2fff\u3040-\u{10ffff}]+|[ \t\u00a0]+|./gsu;
const MOST = 4_000_000;

/** The old words and the new ones in one line; very long ones that share little count as wholly replaced. */
export function wordDiff(old: string, now: string): Piece[] {
  const before = old.match(TOKEN) ?? [];
  const after = now.match(TOKEN) ?? [];
  const shared = countShared(before, after);
  const ending = countShared(before.slice(shared).reverse(), after.slice(shared).reverse());
  const pieces: Piece[] = [];
  add(pieces, "same", before.slice(0, shared));
  middle(pieces, before.slice(shared, before.length - ending), after.slice(shared, after.length - ending));
  add(pieces, "same", before.slice(before.length - ending));
  return pieces;
}

function countShared(one: readonly string[], other: readonly string[]): number {
  let count = 0;
  while (count < one.length && count < other.length && one[count] === other[count]) count++;
  return count;
}

/** The longest common subsequence; where two are as long, words go out before words come in. */
function middle(pieces: Piece[], left: readonly string[], right: readonly string[]): void {
  const across = right.length + 1;
  if (left.length === 0 || right.length === 0 || left.length * right.length > MOST) {
    add(pieces, "out", left);
    add(pieces, "in", right);
    return;
  }
  const table = new Uint32Array((left.length + 1) * across);
  const at = (row: number, column: number): number => table[row * across + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      table[row * across + column] =
        left[row] === right[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  let row = 0;
  let column = 0;
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) {
      add(pieces, "same", left.slice(row, row + 1));
      row++;
      column++;
    } else if (at(row + 1, column) >= at(row, column + 1)) {
      add(pieces, "out", left.slice(row, row + 1));
      row++;
    } else {
      add(pieces, "in", right.slice(column, column + 1));
      column++;
    }
  }
  add(pieces, "out", left.slice(row));
  add(pieces, "in", right.slice(column));
}

function add(pieces: Piece[], kind: Piece["kind"], tokens: readonly string[]): void {
  if (tokens.length === 0) return;
  const last = pieces.at(-1);
  const text = tokens.join("");
  if (last?.kind === kind) pieces[pieces.length - 1] = { kind, text: last.text + text };
  else pieces.push({ kind, text });
}
