// A person's act on the text they see, as new runs of the block. Baseline words are struck, own words really change, the
// other side's words are never touched: those are reported in `offers`, to be answered with a counter-proposal.
// Twin of sections/redline/edit.py.

import { addBaseline, type Run } from "./compose";
import { clean, oneLineBreak, snap, snapUp } from "./units";

/** Who acts. `apart`: own records that take in nothing beside them (agreed ones, counters). `owner`: a new block's key. */
export interface Act {
  readonly me: string;
  readonly mint: () => string;
  readonly apart?: ReadonlySet<string>;
  readonly owner?: string;
  /** Where the caret stays after a deletion: before the struck words, or after them. */
  readonly towards?: "start" | "end";
}

export interface Edited {
  readonly runs: readonly Run[];
  readonly caret: number;
  /** The other side's proposals this act met: each can be answered, none was changed. */
  readonly offers: readonly string[];
}

interface Piece {
  text: string;
  by: string;
  struck: readonly string[];
  /** Display offset where it begins. */
  readonly place: number;
  /** Baseline offset where it begins. */
  readonly base: number;
}

/** Replaces [from, to) of the displayed text by `text`, as far as the one who acts may. */
export function edit(runs: readonly Run[], from: number, to: number, text: string, act: Act): Edited {
  const shown = runs.map((run) => run.text).join("");
  const start = snap(shown, Math.min(from, to));
  const end = from === to ? start : snapUp(shown, Math.max(from, to));
  const typed = clean(oneLineBreak(text)).normalize("NFC");
  if (act.owner !== undefined) return editNew(shown, start, end, typed, act, runs);
  const edge = edgeOf(runs, end, act);
  const pieces = piecesOf(runs, [start, end, edge]);
  const met = pieces.filter((piece) => isWithin(piece, start, end));
  const offers = [...new Set(met.filter((piece) => isOthers(piece, act)).map((piece) => piece.by))];
  const caret = act.towards === "end" ? edge : start;
  if (start === end && edge !== end) {
    const inside = pieces.find((piece) => piece.place + piece.text.length === edge && piece.text !== "");
    return { runs, caret: start, offers: typed !== "" && inside !== undefined ? [inside.by] : [] };
  }
  if (met.length > 0 && met.every((piece) => isOthers(piece, act))) return { runs, caret, offers };
  return new Editing(pieces, start, end, edge, act).done(typed, offers);
}

/** Takes my strikes off [from, to): those words are as they were. */
export function restore(runs: readonly Run[], from: number, to: number, me: string): Run[] {
  const shown = runs.map((run) => run.text).join("");
  const start = snap(shown, from);
  const end = snapUp(shown, to);
  const pieces = piecesOf(runs, [start, end]);
  for (const piece of pieces) {
    if (isWithin(piece, start, end)) piece.struck = piece.struck.filter((key) => !key.startsWith(`${me}:`));
  }
  return joined(pieces);
}

class Editing {
  private readonly removed = new Map<string, number>();
  private readonly left: Piece[];

  constructor(
    pieces: Piece[],
    private readonly start: number,
    private readonly end: number,
    private readonly edge: number,
    private readonly act: Act,
  ) {
    for (const piece of pieces) {
      if (isWithin(piece, start, end) && this.isMine(piece.by)) this.removed.set(piece.by, piece.base);
    }
    this.left = pieces.filter((piece) => !(isWithin(piece, start, end) && this.isMine(piece.by)));
  }

  done(typed: string, offers: readonly string[]): Edited {
    this.strike();
    const cut = this.left.findIndex((piece) => piece.place >= this.edge);
    const index = cut === -1 ? this.left.length : cut;
    const ahead = this.left.slice(0, index).reduce((total, piece) => total + piece.text.length, 0);
    if (typed !== "") {
      const place = this.edge;
      this.left.splice(index, 0, { text: typed, by: this.keyFor(index), struck: [], place, base: this.baseAt(index) });
    }
    const caret = typed !== "" ? ahead + typed.length : this.act.towards === "end" ? ahead : this.start;
    return { runs: joined(this.left), caret, offers };
  }

  /** Strikes what the act covers and I have not struck, each stretch of baseline as one range. */
  private strike(): void {
    let stretch: Piece[] = [];
    const finish = (): void => {
      if (stretch.length > 0) this.strikeStretch(stretch);
      stretch = [];
    };
    for (const piece of [...this.left]) {
      if (piece.by !== "") continue;
      if (isWithin(piece, this.start, this.end) && !this.hasMine(piece)) stretch.push(piece);
      else finish();
    }
    finish();
  }

  private strikeStretch(stretch: readonly Piece[]): void {
    const first = stretch[0];
    const last = stretch.at(-1);
    if (first === undefined || last === undefined) return;
    const begins = this.left.indexOf(first);
    const ends = this.left.indexOf(last);
    const before = this.joinable(this.baseline(begins, -1));
    const after = this.joinable(this.baseline(ends, 1));
    let key = before ?? after;
    if (before !== undefined && after !== undefined && before !== after) {
      if (this.isBare(before) && !this.isBare(after)) key = after;
      for (const other of [before, after]) if (other !== key && this.isBare(other)) this.rename(other, key ?? other);
    }
    key ??= this.wordingBeside(begins, ends) ?? this.replaced(first.base, last.base + last.text.length);
    const own = key ?? this.minted();
    for (const piece of stretch) piece.struck = [...piece.struck, own].sort();
  }

  /** Whose wording typed text becomes: an own one it touches, the one it replaces, a bare strike's, else a new one. */
  private keyFor(index: number): string {
    const before = this.left[index - 1];
    const after = this.left[index];
    if (before !== undefined && before.by !== "" && before.by === after?.by && this.isMine(before.by)) return before.by;
    for (const piece of [before, after]) {
      if (piece !== undefined && this.isMine(piece.by) && !this.isApart(piece.by)) return piece.by;
    }
    const base = this.baseAt(index);
    const replaced = this.replaced(base, base) ?? [...this.removed.keys()].find((key) => this.mayMove(key, base));
    if (replaced !== undefined) return replaced;
    for (const piece of [this.baseline(index, -1), this.baseline(index - 1, 1)]) {
      const key = this.joinable(piece);
      if (key !== undefined && this.isBare(key)) return key;
    }
    return this.minted();
  }

  /** An own insertion this act emptied that stood in [from, to] of the baseline. */
  private replaced(from: number, to: number): string | undefined {
    for (const [key, at] of this.removed) {
      if (from <= at && at <= to && this.isBare(key) && this.mayMove(key, from)) return key;
    }
    return undefined;
  }

  /** Whether an emptied own insertion may have its words at this baseline offset: anywhere, or inside what it strikes. */
  private mayMove(key: string, base: number): boolean {
    if (!this.isBare(key)) return false;
    const struck = this.left.filter((piece) => piece.struck.includes(key));
    const first = struck[0];
    const last = struck.at(-1);
    if (first === undefined || last === undefined) return true;
    return first.base <= base && base <= last.base + last.text.length;
  }

  private wordingBeside(begins: number, ends: number): string | undefined {
    for (const piece of [this.left[begins - 1], this.left[ends + 1]]) {
      if (piece !== undefined && this.isMine(piece.by) && !this.isApart(piece.by)) return piece.by;
    }
    return undefined;
  }

  /** The next baseline piece from an index in a direction, wordings passed over. */
  private baseline(index: number, step: 1 | -1): Piece | undefined {
    for (let place = index + step; place >= 0 && place < this.left.length; place += step) {
      const piece = this.left[place];
      if (piece?.by === "" && piece.text !== "") return piece;
    }
    return undefined;
  }

  private joinable(piece: Piece | undefined): string | undefined {
    return piece?.struck.find((key) => this.isMine(key) && !this.isApart(key));
  }

  private isBare(key: string): boolean {
    return !this.left.some((piece) => piece.by === key);
  }

  private rename(from: string, to: string): void {
    for (const piece of this.left) {
      if (piece.struck.includes(from)) {
        piece.struck = [...new Set(piece.struck.map((key) => (key === from ? to : key)))].sort();
      }
    }
  }

  private baseAt(index: number): number {
    const next = this.left[index];
    if (next !== undefined) return next.base;
    const last = this.left.at(-1);
    return last === undefined ? 0 : last.base + (last.by === "" ? last.text.length : 0);
  }

  private minted(): string {
    return `${this.act.me}:${this.act.mint()}`;
  }

  private hasMine(piece: Piece): boolean {
    return piece.struck.some((key) => this.isMine(key));
  }

  private isMine(key: string): boolean {
    return key.startsWith(`${this.act.me}:`);
  }

  private isApart(key: string): boolean {
    return this.act.apart?.has(key) ?? false;
  }
}

function editNew(shown: string, start: number, end: number, typed: string, act: Act, runs: readonly Run[]): Edited {
  const owner = act.owner ?? "";
  const caret = act.towards === "end" ? end : start;
  if (!owner.startsWith(`${act.me}:`)) {
    const offers = typed !== "" || start < end ? [owner] : [];
    return { runs, caret, offers };
  }
  const text = shown.slice(0, start) + typed + shown.slice(end);
  return { runs: text === "" ? [] : [{ text, by: owner }], caret: start + typed.length, offers: [] };
}

/** Where typed text goes: the end of the act, or behind the other side's wording that the end would cut. */
function edgeOf(runs: readonly Run[], end: number, act: Act): number {
  let place = 0;
  for (const run of runs) {
    const next = place + run.text.length;
    if (place < end && end < next && run.by !== undefined && !run.by.startsWith(`${act.me}:`)) return next;
    place = next;
  }
  return end;
}

function piecesOf(runs: readonly Run[], cuts: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  let place = 0;
  let base = 0;
  for (const run of runs) {
    const ends = place + run.text.length;
    const inner = [...new Set(cuts)].filter((cut) => place < cut && cut < ends).sort((one, other) => one - other);
    const bounds = [...inner, ends];
    let begin = place;
    for (const bound of bounds) {
      const text = run.text.slice(begin - place, bound - place);
      pieces.push({ text, by: run.by ?? "", struck: run.struck ?? [], place: begin, base });
      if (run.by === undefined) base += text.length;
      begin = bound;
    }
    place = ends;
  }
  return pieces;
}

function joined(pieces: readonly Piece[]): Run[] {
  const runs: Run[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (piece.by === "") addBaseline(runs, piece.text, piece.struck);
    else if (last?.by === piece.by) runs[runs.length - 1] = { text: last.text + piece.text, by: piece.by };
    else runs.push({ text: piece.text, by: piece.by });
  }
  return runs;
}

function isWithin(piece: Piece, start: number, end: number): boolean {
  return start <= piece.place && piece.place < end;
}

function isOthers(piece: Piece, act: Act): boolean {
  return piece.by !== "" && !piece.by.startsWith(`${act.me}:`);
}
