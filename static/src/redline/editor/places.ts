// Between places in the composed text (a block's display id and an offset) and positions of the document on the page.

import type { Node } from "prosemirror-model";
import type { Spot } from "../acts";
import { word } from "./schema";

/** The block of text at a position, or null between blocks. */
export function spotAt(doc: Node, position: number, towards: "before" | "after" = "after"): Spot | null {
  const $at = doc.resolve(Math.max(0, Math.min(position, doc.content.size)));
  if ($at.parent.isTextblock) return { block: word($at.parent, "id"), offset: $at.parentOffset };
  let found: Spot | null = null;
  doc.descendants((node, at) => {
    if (!node.isTextblock) return true;
    if (towards === "after" && at >= position) found ??= { block: word(node, "id"), offset: 0 };
    if (towards === "before" && at < position) found = { block: word(node, "id"), offset: node.content.size };
    return false;
  });
  return found;
}

/** The position of a place; null when its block is not shown. */
export function positionOf(doc: Node, spot: Spot): number | null {
  const block = blockOf(doc, spot.block);
  return block === null ? null : block.at + 1 + Math.max(0, Math.min(spot.offset, block.node.content.size));
}

/** The text block with that display id. */
export function blockOf(doc: Node, id: string): { readonly node: Node; readonly at: number } | null {
  let found: { node: Node; at: number } | null = null;
  doc.descendants((node, at) => {
    if (found !== null) return false;
    if (node.isTextblock && word(node, "id") === id) found = { node, at };
    return !node.isTextblock;
  });
  return found;
}

/** The nodes around a position, the nearest first. */
export function around(doc: Node, position: number): Node[] {
  const $at = doc.resolve(Math.max(0, Math.min(position, doc.content.size)));
  const found: Node[] = [];
  for (let depth = $at.depth; depth > 0; depth -= 1) found.push($at.node(depth));
  return found;
}

/** The keys of the proposals at a position: in the words on either side of it, or around it. */
export function keysAt(doc: Node, position: number): string[] {
  const $at = doc.resolve(Math.max(0, Math.min(position, doc.content.size)));
  const found = new Set<string>();
  for (const side of [$at.nodeBefore, $at.nodeAfter]) {
    for (const mark of side?.marks ?? []) for (const key of String(mark.attrs["keys"]).split(" ")) if (key !== "") found.add(key);
  }
  for (const node of around(doc, position)) if (word(node, "key") !== "") found.add(word(node, "key"));
  return [...found];
}

/** Where the words of each proposal begin, in the order of the text. */
export function placesOf(doc: Node): Map<string, number> {
  const found = new Map<string, number>();
  doc.descendants((node, at) => {
    const own = word(node, "key");
    if (own !== "" && !found.has(own)) found.set(own, at);
    for (const mark of node.marks) for (const key of String(mark.attrs["keys"]).split(" ")) if (key !== "" && !found.has(key)) found.set(key, at);
    return true;
  });
  return found;
}
