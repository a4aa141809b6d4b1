// The words a person put in that are not yet durable, read out of the Y.Doc itself: the visible text of the page's own
// client id from a clock onwards. Exact for typing; text that an edit moved counts too, which errs on the safe side.

import * as Y from "yjs";

/** Where words stood, as well as can be said without the document they stood in. */
export interface Place {
  readonly item: string | null;
  readonly field: string | null;
}

export interface Fragment {
  readonly text: string;
  readonly place: Place;
}

function isElement(value: unknown): value is Y.XmlElement {
  return value instanceof Y.XmlElement;
}

function word(holder: Y.XmlElement, name: string): string | null {
  const value: unknown = holder.getAttribute(name);
  return typeof value === "string" ? value : null;
}

function placeOf(parent: Y.AbstractType<unknown>): Place {
  let field: string | null = null;
  let at: Y.Item | null = parent._item;
  while (at !== null) {
    const holder: unknown = at.content instanceof Y.ContentType ? at.content.type : null;
    if (isElement(holder)) {
      if (holder.nodeName === "title") field = "title";
      if (holder.nodeName === "field") field = word(holder, "name");
      const id = word(holder, "id");
      if (id !== null) return { item: id, field };
    }
    const above = at.parent;
    at = above instanceof Y.AbstractType ? above._item : null;
  }
  return { item: null, field };
}

/** Own visible text from `clock` on, a fragment for each line it stands in, in the order it stands there. */
export function unsaved(doc: Y.Doc, clock: number): Fragment[] {
  const lines = new Set<Y.AbstractType<unknown>>();
  for (const struct of doc.store.clients.get(doc.clientID) ?? []) {
    if (struct.id.clock + struct.length <= clock || struct.deleted) continue;
    if (struct instanceof Y.Item && struct.parent instanceof Y.AbstractType && struct.content instanceof Y.ContentString)
      lines.add(struct.parent as Y.AbstractType<unknown>);
  }
  const fragments: Fragment[] = [];
  for (const line of lines) {
    const text = freshText(line, doc.clientID, clock);
    if (text.trim() !== "") fragments.push({ text, place: placeOf(line) });
  }
  return fragments;
}

/** The fresh pieces of one line; where other text stands between two of them, at least a space does here. */
function freshText(line: Y.AbstractType<unknown>, client: number, clock: number): string {
  let text = "";
  let isApart = false;
  for (let item = line._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue;
    const isFresh = item.id.client === client && item.id.clock + item.length > clock && item.content instanceof Y.ContentString;
    if (isFresh && item.content instanceof Y.ContentString) {
      const piece = item.content.str.slice(Math.max(0, clock - item.id.clock));
      const needsSpace = isApart && text !== "" && !/\s$/.test(text) && !/^\s/.test(piece);
      text += needsSpace ? ` ${piece}` : piece;
    }
    isApart = !isFresh;
  }
  return text;
}
