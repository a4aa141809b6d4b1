// Puts words that were kept aside back into the text: at the end of the line they came from if it is still there,
// else at the end of that item, else at the end of the section. They are never put over anything.

import { TextSelection, type EditorState, type Transaction } from "prosemirror-state";
import { inlineOf } from "./items";
import { itemById } from "./labels";
import { attribute, type } from "./schema";
import { structural } from "./structure";
import type { Fragment } from "./unsaved";

export function putBack(state: EditorState, section: string, fragments: readonly Fragment[]): Transaction {
  const tr = state.tr;
  let end = tr.doc.content.size;
  for (const { text, place } of fragments) {
    const item = place.item === null ? null : itemById(state, section, place.item);
    const line = item === null || place.field === null ? null : lineEnd(item.node, place.field);
    if (item !== null && line !== null) {
      const at = tr.mapping.map(item.at + 1 + line.end);
      tr.insert(at, inlineOf(line.isEmpty ? text : ` ${text.trimStart()}`));
      end = at;
      continue;
    }
    end = tr.mapping.map(item === null ? state.doc.content.size : item.at + item.node.nodeSize - 1);
    tr.insert(end, type("paragraph").create(null, inlineOf(text)));
  }
  tr.setSelection(TextSelection.near(tr.doc.resolve(Math.min(end + 1, tr.doc.content.size)), 1));
  return structural(tr).scrollIntoView();
}

/** Where the text of an item's title or field ends, counted from the start of the item's content. */
function lineEnd(item: import("prosemirror-model").Node, name: string): { end: number; isEmpty: boolean } | null {
  let found: { end: number; isEmpty: boolean } | null = null;
  item.forEach((child, offset) => {
    const isIt = child.type.name === "title" ? name === "title" : child.type.name === "field" && attribute(child, "name") === name;
    if (isIt && found === null) found = { end: offset + child.nodeSize - 1, isEmpty: child.content.size === 0 };
  });
  return found;
}
