// The words a person put in that are not yet durable, read out of the Y.Doc itself: the visible text of the page's own
// client id from a clock onwards. Exact for typing; text that an edit moved counts too, which errs on the safe side.

import * as Y from "yjs";

/** Where words stood, as well as can be said without the document they stood in. */
export interface Place {
  readonly item: string | null;
  readonly field: string | null;
  /** In a layer: the words of the original behind which the proposal stood. */
  readonly spot?: { readonly block: string; readonly base: number };
}

/** A piece of one person's text as the document counts it. */
export interface Piece {
  readonly clock: number;
  readonly text: string;
  /** Does other text stand between it and the piece before? */
  readonly isApart: boolean;
}

export interface Fragment {
  readonly text: string;
  readonly place: Place;
  /** Where it is in the document's own count, by which it is known whether the server has it. */
  readonly from?: { readonly client: number; readonly pieces: readonly Piece[] };
}

export function isElement(value: unknown): value is Y.XmlElement {
  return value instanceof Y.XmlElement;
}

function word(holder: Y.XmlElement, name: string): string | null {
  const value: unknown = holder.getAttribute(name);
  return typeof value === "string" ? value : null;
}

export function placeOf(parent: Y.AbstractType<unknown>): Place {
  let field: string | null = null;
  let at: Y.Item | null = parent._item;
  while (at !== null) {
    const holder: unknown = at.content instanceof Y.ContentType ? at.content.type : null;
    if (isElement(holder)) {
      if (holder.nodeName === "title") field = "title";
      if (holder.nodeName === "words") field = word(holder, "part");
      if (holder.nodeName === "field") field = word(holder, "name");
      const id = word(holder, "id");
      if (id !== null) return { item: id, field };
    }
    const above = at.parent;
    at = above instanceof Y.AbstractType ? above._item : null;
  }
  return { item: null, field };
}

/** Own visible text from `clock` on (and before `until`), a fragment for each line it stands in, in the order it stands there. */
export function unsaved(doc: Y.Doc, clock: number, until = Number.POSITIVE_INFINITY): Fragment[] {
  const lines = new Set<Y.AbstractType<unknown>>();
  for (const struct of doc.store.clients.get(doc.clientID) ?? []) {
    if (struct.id.clock + struct.length <= clock || struct.deleted) continue;
    if (struct instanceof Y.Item && struct.parent instanceof Y.AbstractType && struct.content instanceof Y.ContentString)
      lines.add(struct.parent as Y.AbstractType<unknown>);
  }
  const fragments: Fragment[] = [];
  for (const line of lines) {
    const pieces = freshPieces(line, doc.clientID, clock, until);
    const text = joined(pieces);
    if (text.trim() !== "") fragments.push({ text, place: placeOf(line), from: { client: doc.clientID, pieces } });
  }
  return fragments;
}

/** Own visible text in one line, of whatever age. */
export function ownText(line: Y.XmlElement, client: number): string {
  return line
    .toArray()
    .map((part) => (part instanceof Y.XmlText ? joined(freshPieces(part as unknown as Y.AbstractType<unknown>, client)) : " "))
    .join("")
    .trim();
}

/** What of these is not among the edits somebody knows, given as the next clock of each client they know of. */
export function stillMissing(fragments: readonly Fragment[], known: (client: number) => number): Fragment[] {
  const missing: Fragment[] = [];
  for (const fragment of fragments) {
    const { from } = fragment;
    if (from === undefined) {
      missing.push(fragment);
      continue;
    }
    const pieces = from.pieces.flatMap((piece) => cut(piece, known(from.client)));
    if (pieces.length === from.pieces.length && pieces.every((piece, index) => piece === from.pieces[index])) missing.push(fragment);
    else if (joined(pieces).trim() !== "") missing.push({ ...fragment, text: joined(pieces), from: { ...from, pieces } });
  }
  return missing;
}

/** What of a piece has this clock or a later one, and is before `until`. */
function cut(piece: Piece, clock: number, until = Number.POSITIVE_INFINITY): Piece[] {
  if (piece.clock >= clock && piece.clock + piece.text.length <= until) return [piece];
  const from = Math.max(clock, piece.clock);
  const text = piece.text.slice(from - piece.clock, Math.max(0, until - piece.clock));
  return text === "" ? [] : [{ clock: from, text, isApart: piece.isApart }];
}

/** The pieces one after the other; where other text stands between two of them, at least a space does here. */
function joined(pieces: readonly Piece[]): string {
  let text = "";
  for (const piece of pieces) {
    const needsSpace = piece.isApart && text !== "" && !/\s$/.test(text) && !/^\s/.test(piece.text);
    text += needsSpace ? ` ${piece.text}` : piece.text;
  }
  return text;
}

/** The fresh pieces of one line, in the order they stand there. */
function freshPieces(line: Y.AbstractType<unknown>, client: number, clock = 0, until = Number.POSITIVE_INFINITY): Piece[] {
  const pieces: Piece[] = [];
  let isApart = false;
  for (let item = line._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue;
    const isFresh = item.id.client === client && item.id.clock + item.length > clock && item.content instanceof Y.ContentString;
    if (isFresh && item.content instanceof Y.ContentString)
      pieces.push(...cut({ clock: item.id.clock, text: item.content.str, isApart }, clock, until));
    isApart = !isFresh;
  }
  return pieces;
}
