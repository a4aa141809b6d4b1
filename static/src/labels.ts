// Numbers items by their order (B1, B2 ...) and marks empty lines, as decorations: never part of the text.

import type { Node } from "prosemirror-model";
import { Plugin, PluginKey, type EditorState } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import { itemLabel, type ItemKind } from "./facts";
import { attribute, isItem } from "./schema";

export interface LabelSpec {
  readonly label: string;
}

export const TITLE_HINTS: Readonly<Record<ItemKind, string>> = {
  need: "Name this need in a few words",
  outcome: "Say this outcome in one sentence",
  provision: "Name this provision in a few words",
};
const FIELD_HINT = "Not filled in yet";

const key = new PluginKey<DecorationSet>("labels");

function decorate(doc: Node, section: string): DecorationSet {
  const found: Decoration[] = [];
  let number = 0;
  doc.forEach((node, at) => {
    if (!isItem(node)) return;
    number += 1;
    const spec: LabelSpec = { label: itemLabel(section, number) };
    found.push(Decoration.node(at, at + node.nodeSize, {}, spec));
    node.forEach((line, offset) => {
      const isTitle = line.type.name === "title";
      if (line.content.size > 0 || !(isTitle || line.type.name === "field")) return;
      const from = at + 1 + offset;
      const hint = isTitle ? TITLE_HINTS[node.type.name as ItemKind] : FIELD_HINT;
      found.push(Decoration.node(from, from + line.nodeSize, { class: "is-empty", "data-hint": hint }));
    });
  });
  const only = doc.firstChild;
  if (doc.childCount === 1 && only?.type.name === "paragraph" && only.content.size === 0)
    found.push(Decoration.node(0, only.nodeSize, { class: "is-empty", "data-hint": "Write here" }));
  return DecorationSet.create(doc, found);
}

export function labels(section: string): Plugin<DecorationSet> {
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: (_config, state) => decorate(state.doc, section),
      apply: (tr, set) => (tr.docChanged ? decorate(tr.doc, section) : set),
    },
    props: {
      decorations: (state) => key.getState(state),
      attributes: ({ doc }): Record<string, string> => (doc.childCount === 0 ? { class: "is-blank", "data-hint": "Nothing is written here yet. Start here." } : {}),
    },
  });
}

export interface PlacedItem {
  readonly node: Node;
  /** Position before the item. */
  readonly at: number;
  readonly index: number;
  readonly label: string;
  readonly title: string;
}

/** The items of this section as they stand, with their labels. */
export function placedItems(doc: Node, section: string): PlacedItem[] {
  const found: PlacedItem[] = [];
  doc.forEach((node, at, index) => {
    if (isItem(node)) found.push({ node, at, index, label: itemLabel(section, found.length + 1), title: titleOf(node) });
  });
  return found;
}

export function itemById(state: EditorState, section: string, id: string): PlacedItem | null {
  return placedItems(state.doc, section).find((item) => attribute(item.node, "id") === id) ?? null;
}

export function titleOf(item: Node): string {
  let title = "";
  item.forEach((line) => {
    if (line.type.name === "title" && title === "") title = line.textContent.trim();
  });
  return title;
}
