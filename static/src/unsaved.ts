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

/** Own visible text from `clock` on, grouped by the line it stands in, in the order it was written. */
export function unsaved(doc: Y.Doc, clock: number): Fragment[] {
  const structs = doc.store.clients.get(doc.clientID) ?? [];
  const lines = new Map<Y.AbstractType<unknown>, { text: string; last: Y.Item }>();
  for (const struct of structs) {
    const end = struct.id.clock + struct.length;
    if (end <= clock || !(struct instanceof Y.Item) || struct.deleted) continue;
    if (!(struct.content instanceof Y.ContentString) || !(struct.parent instanceof Y.AbstractType)) continue;
    const fresh = struct.content.str.slice(Math.max(0, clock - struct.id.clock));
    const parent = struct.parent as Y.AbstractType<unknown>;
    const line = lines.get(parent);
    if (line === undefined) lines.set(parent, { text: fresh, last: struct });
    else {
      const follows = nearestVisibleLeft(struct) === line.last;
      line.text += follows || /\s$/.test(line.text) || /^\s/.test(fresh) ? fresh : ` ${fresh}`;
      line.last = struct;
    }
  }
  const fragments: Fragment[] = [];
  for (const [parent, line] of lines) {
    if (line.text.trim() !== "") fragments.push({ text: line.text, place: placeOf(parent) });
  }
  return fragments;
}

function nearestVisibleLeft(item: Y.Item): Y.Item | null {
  let left = item.left;
  while (left !== null && (left.deleted || !left.countable)) left = left.left;
  return left;
}
