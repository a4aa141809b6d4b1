// Deliberate changes of items: add, move, delete, link. Each is one transaction, so that one undo takes it back.

import type { Node } from "prosemirror-model";
import { TextSelection, type EditorState, type Transaction } from "prosemirror-state";
import type { ItemKind } from "./facts";
import { newId } from "./ids";
import { placedItems, type PlacedItem } from "./labels";
import { attribute, FIELDS, schema, type } from "./schema";
import { structural } from "./structure";

export const KIND_WORDS: Readonly<Record<ItemKind, string>> = { need: "need", outcome: "outcome", provision: "provision" };

/** A new item with an empty title and all its fields; a need has one empty paragraph instead. */
export function newItem(kind: ItemKind): Node {
  const lines = [type("title").create()];
  for (const name of FIELDS[kind] ?? []) lines.push(type("field").create({ name }));
  if (lines.length === 1) lines.push(type("paragraph").create());
  return type(kind).create({ id: newId() }, lines);
}

/** Adds an item after all that is there, with the caret in its title. A lone blank line gives way when it may. */
export function addItem(state: EditorState, kind: ItemKind, mayReplaceBlank: boolean): Transaction {
  const tr = state.tr;
  const only = tr.doc.childCount === 1 ? tr.doc.firstChild : null;
  if (mayReplaceBlank && only?.type.name === "paragraph" && only.content.size === 0) tr.delete(0, only.nodeSize);
  const at = tr.doc.content.size;
  tr.insert(at, newItem(kind));
  tr.setSelection(TextSelection.create(tr.doc, at + 2));
  return structural(tr).scrollIntoView();
}

/** A blank line after all that is there. */
export function addLine(state: EditorState): Transaction {
  const at = state.doc.content.size;
  const last = state.doc.lastChild;
  const tr = state.tr;
  if (last?.type.name === "paragraph" && last.content.size === 0) tr.setSelection(TextSelection.create(tr.doc, at - 1));
  else tr.insert(at, type("paragraph").create()).setSelection(TextSelection.create(tr.doc, at + 1));
  return tr.scrollIntoView();
}

export function deleteItem(state: EditorState, item: PlacedItem): Transaction {
  const tr = state.tr.delete(item.at, item.at + item.node.nodeSize);
  tr.setSelection(TextSelection.near(tr.doc.resolve(Math.min(item.at, tr.doc.content.size)), -1));
  return structural(tr).scrollIntoView();
}

export interface Move {
  /** What is taken out, and where it goes in once it is out. */
  readonly node: Node;
  readonly from: number;
  readonly to: number;
}

/**
 * How the item changes places with its neighbour, or null at the edge. One of the two is taken out and put in again;
 * `isFree` says which may be: text that somebody else is typing in must stay the very same text.
 */
export function planMove(doc: Node, section: string, id: string, direction: -1 | 1, isFree: (item: PlacedItem) => boolean): Move | "busy" | null {
  const all = placedItems(doc, section);
  const here = all.findIndex((one) => attribute(one.node, "id") === id);
  const item = all[here];
  const other = all[here + direction];
  if (item === undefined || other === undefined) return null;
  const [moved, still] = isFree(item) ? [item, other] : [other, item];
  if (!isFree(moved)) return "busy";
  const size = moved.node.nodeSize;
  const goesDown = moved.at < still.at;
  return { node: moved.node, from: moved.at, to: goesDown ? still.at + still.node.nodeSize - size : still.at };
}

export function takeOut(state: EditorState, move: Move): Transaction {
  return structural(state.tr.delete(move.from, move.from + move.node.nodeSize));
}

export function putIn(state: EditorState, move: Move): Transaction {
  return structural(state.tr.insert(Math.min(move.to, state.doc.content.size), move.node));
}

export function linkedIds(item: Node): string[] {
  const ids: string[] = [];
  item.forEach((child) => {
    if (child.type.name === "ref") ids.push(attribute(child, "to"));
  });
  return ids;
}

/** Makes the item's links be exactly `ids`: those that stay keep their place, new ones go to its end. */
export function linkItem(state: EditorState, item: PlacedItem, ids: readonly string[]): Transaction {
  const tr = state.tr;
  const stays = new Set<string>();
  const gone: number[] = [];
  item.node.forEach((child, offset) => {
    if (child.type.name !== "ref") return;
    const to = attribute(child, "to");
    if (ids.includes(to) && !stays.has(to)) stays.add(to);
    else gone.push(item.at + 1 + offset);
  });
  for (const at of gone.reverse()) tr.delete(at, at + 1);
  const end = tr.mapping.map(item.at + item.node.nodeSize - 1);
  const fresh = ids.filter((id) => !stays.has(id)).map((to) => type("ref").create({ to }));
  if (fresh.length > 0) tr.insert(end, fresh);
  return structural(tr);
}

/** The item the caret is in. */
export function itemAtCaret(state: EditorState, section: string): PlacedItem | null {
  const { $head } = state.selection;
  if ($head.depth === 0) return null;
  const at = $head.before(1);
  return placedItems(state.doc, section).find((item) => item.at === at) ?? null;
}

/** A text line's worth of nodes: text with its line breaks. */
export function inlineOf(text: string): Node[] {
  const nodes: Node[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (index > 0) nodes.push(type("hard_break").create());
    if (line !== "") nodes.push(schema.text(line));
  }
  return nodes;
}
