// From what is shown to a ProseMirror document, and the smallest step from one such document to the next.

import { Fragment, Slice, type Node } from "prosemirror-model";
import type { Transaction } from "prosemirror-state";
import { ReplaceStep } from "prosemirror-transform";
import { itemLabel } from "../../facts";
import { ITEM_TYPES } from "../baseline";
import type { Shown } from "../compose";
import { HANDS, lookOf, type Standing } from "../looks";
import { markType, nodeType, schema } from "./schema";

/**
 * The document that shows these blocks. `kept`: blocks by id that stay as they are on the page. What is as it was in
 * `before` is the same node again, so that two documents are compared by what is not.
 */
export function drawn(shown: readonly Shown[], standing: Standing, section: string, kept: ReadonlyMap<string, Node> = new Map(), before: Node | null = null): Node {
  let number = 0;
  const old = new Map<unknown, Node>();
  before?.descendants((node) => { if (!node.isText) old.set(node.attrs["id"], node); });
  const same = (node: Node): Node => {
    const was = old.get(node.attrs["id"]);
    return was?.eq(node) === true ? was : node;
  };
  const labelOf = (block: Shown): string => {
    if (!ITEM_TYPES.has(block.type)) return "";
    if (block.key !== undefined) return "New";
    number += 1;
    return itemLabel(section, number);
  };
  const draw = (block: Shown): Node => {
    const label = labelOf(block);
    const attrs: Record<string, string> = { ...block.attrs, id: block.id, key: block.key ?? "" };
    if (label !== "") attrs["label"] = label;
    if (block.runs === undefined) {
      const blocks = (block.blocks ?? []).map(draw);
      return same(type(block, "group").create({ ...attrs, look: lookOfHolder(block) }, blocks));
    }
    return kept.get(block.id) ?? same(textBlock(block, attrs, standing));
  };
  return nodeType("doc").create(null, shown.map(draw));
}

function textBlock(block: Shown, attrs: Record<string, string>, standing: Standing): Node {
  const letters = new Set<string>();
  const { hands } = standing.profile;
  const words: Node[] = [];
  const removed = block.key === undefined ? (block.removed ?? []) : [];
  for (const run of block.runs ?? []) {
    const look = lookOf(run, removed, standing);
    for (const letter of look.letters) letters.add(letter);
    const mark = look.keys.length === 0 ? [] : [markType(look.isDeleted ? "del" : "ins").create({ keys: look.keys.join(" "), look: look.classes, words: look.words })];
    words.push(schema.text(run.text, mark));
  }
  return type(block, "paragraph").create({ ...attrs, letters: HANDS.map((name) => hands[name]?.letter ?? "").filter((letter) => letters.has(letter)).join(" "), look: lookOfHolder(block) }, words);
}

/** A block that is taken out or added as a whole says so by its edge. */
function lookOfHolder(block: Shown): string {
  return block.key !== undefined ? "app-rl-new" : (block.removed ?? []).length > 0 ? "app-rl-removed" : "";
}

function type(block: Shown, otherwise: string) {
  const isKnown = Object.hasOwn(schema.nodes, block.type) && block.type !== "doc" && block.type !== "text";
  const found = nodeType(isKnown ? block.type : otherwise);
  return found.isTextblock === (block.runs !== undefined) ? found : nodeType(otherwise);
}

/** Adds the step that makes `target` of the document, and says what it replaced; null when they are the same. */
export function recompose(tr: Transaction, target: Node): { readonly from: number; readonly to: number } | null {
  const step = difference(tr.doc, target, 0);
  if (step === null) return null;
  tr.step(new ReplaceStep(step.from, step.to, new Slice(step.content, 0, 0)));
  return { from: step.from, to: step.from + step.content.size };
}

interface Difference {
  readonly from: number;
  readonly to: number;
  readonly content: Fragment;
}

/** What differs between two nodes of one kind, as a range of the old one's content. `at`: where that content begins. */
function difference(old: Node, now: Node, at: number): Difference | null {
  let first = 0;
  let from = at;
  while (first < old.childCount && first < now.childCount && old.child(first).eq(now.child(first))) {
    from += old.child(first).nodeSize;
    first += 1;
  }
  let oldEnd = old.childCount;
  let nowEnd = now.childCount;
  let to = at + old.content.size;
  while (oldEnd > first && nowEnd > first && old.child(oldEnd - 1).eq(now.child(nowEnd - 1))) {
    oldEnd -= 1;
    nowEnd -= 1;
    to -= old.child(oldEnd).nodeSize;
  }
  if (first === oldEnd && first === nowEnd) return null;
  if (oldEnd === first + 1 && nowEnd === first + 1) {
    const [before, after] = [old.child(first), now.child(first)];
    if (!before.isText && before.sameMarkup(after)) return difference(before, after, from + 1);
  }
  const content: Node[] = [];
  for (let place = first; place < nowEnd; place += 1) content.push(now.child(place));
  return { from, to, content: Fragment.from(content) };
}
