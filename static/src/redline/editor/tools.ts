// The writing tools of the composed text: adding and striking whole passages, undo, and a word on what is at the caret.

import { choose, type Choice } from "../../dialogs";
import type { Tool } from "../../toolbar";
import { newBlock, removeBlock } from "../acts";
import { ITEM_TYPES, REMOVABLE } from "../baseline";
import type { Board } from "../board";
import { around } from "./places";
import type { Redliner } from "./redliner";
import { word } from "./schema";

const ITEM_NAMES: Readonly<Record<string, string>> = { need: "need", outcome: "outcome", provision: "provision" };
const PASSAGES: Readonly<Record<string, string>> = {
  paragraph: "paragraph",
  heading: "heading",
  list_item: "list entry",
  table_row: "table row",
  bullet_list: "list",
  ordered_list: "list",
  table: "table",
  ...ITEM_NAMES,
};

export interface Desk {
  readonly board: Board;
  readonly text: () => Redliner;
  readonly item: string | null;
  readonly describe: () => void;
}

/** A new block after the place the caret is in, with the caret in it. */
export function addAfter({ board, text }: Desk, kind: string, after: string | null = null): void {
  const state = board.state();
  if (state === null) return;
  const anchor = after ?? anchorFor(text(), kind);
  board.newStep();
  text().act(() => {
    const record = newBlock(state, anchor, kind);
    return { writes: [record], caret: { block: `${record.key}#wording`, offset: 0 }, offers: [] };
  });
  board.newStep();
  text().view.focus();
}

/** Strikes a whole block; an own new one is withdrawn, the other side's is offered an answer. */
export function strike({ board, text }: Desk, id: string): void {
  board.newStep();
  text().act((state) => removeBlock(state, id), { from: { block: id, offset: 0 }, to: { block: id, offset: 0 }, text: "" });
  board.newStep();
}

/** The passage around the caret that can be struck as a whole. */
export function passageAt(text: Redliner): { readonly id: string; readonly name: string } | null {
  const { state } = text.view;
  for (const node of around(state.doc, state.selection.head)) {
    const key = word(node, "key");
    const isCellText = key === "" && node.isTextblock && !REMOVABLE.has(node.type.name);
    if (key !== "") return { id: key, name: PASSAGES[node.type.name] ?? "passage" };
    if (!isCellText && REMOVABLE.has(node.type.name)) return { id: word(node, "id"), name: PASSAGES[node.type.name] ?? "passage" };
  }
  return null;
}

export function strikeHere(desk: Desk): void {
  const passage = passageAt(desk.text());
  if (passage !== null) strike(desk, passage.id);
}

/** What can be proposed about a whole item. */
export function openItem(desk: Desk, id: string): void {
  const record = desk.board.known().get(id);
  const kind = record?.type === "new" ? record.kind : (desk.board.baseline.places.get(id)?.block.type ?? "");
  const name = ITEM_NAMES[kind] ?? "passage";
  const isOwn = record !== undefined && record.side === desk.board.me;
  const choices: Choice[] = [
    { words: `Add a ${name} after this one`, chosen: () => { addAfter(desk, kind, id); } },
    { words: "Add a paragraph after this one", chosen: () => { addAfter(desk, "p", id); } },
    { words: isOwn ? `Withdraw this ${name}` : `Propose striking this whole ${name}`, isWarning: true, chosen: () => { strike(desk, id); } },
  ];
  choose(`This ${name}`, choices);
}

export function toolGroups(desk: Desk): Tool[][] {
  const { text, board } = desk;
  const inside = (name: string) => () => around(text().view.state.doc, text().view.state.selection.head).some((node) => node.type.name === name);
  const adds: Tool[] = [
    { id: "add-p", sign: "+", words: "Paragraph", run: () => { addAfter(desk, "p"); } },
    { id: "add-li", sign: "+", words: "List entry", run: () => { addAfter(desk, "li"); } },
    { id: "add-tr", sign: "+", words: "Row", run: () => { addAfter(desk, "tr"); }, isPossible: inside("table_row") },
  ];
  const { item } = desk;
  if (item !== null) adds.push({ id: `add-${item}`, sign: "+", words: capital(item), run: () => { addAfter(desk, item); } });
  const strikes: Tool = {
    id: "strike",
    sign: "S\u0336",
    words: "Strike passage",
    keys: "Control+Shift+Delete",
    run: () => { strikeHere(desk); },
    isPossible: () => passageAt(text()) !== null,
  };
  const undo: Tool[] = [
    { id: "undo", words: "Undo mine", keys: "Control+Z", run: () => { text().undo(); } },
    { id: "redo", words: "Redo", keys: "Control+Y", run: () => { text().redo(); } },
  ];
  const say: Tool = { id: "describe", sign: "?", words: "What is this change", keys: "Alt+/", run: desk.describe };
  return board.mayWrite ? [undo, adds, [strikes, say]] : [[say]];
}

function anchorFor(text: Redliner, kind: string): string {
  const { state } = text.view;
  const nodes = around(state.doc, state.selection.head);
  const wanted = kind === "tr" ? ["table_row"] : kind === "li" ? ["list_item"] : [...ITEM_TYPES];
  const isItemKind = ITEM_TYPES.has(kind);
  const holder = nodes.find((node) => wanted.includes(node.type.name) && (kind === "tr" || kind === "li" || isItemKind));
  const node = holder ?? (isItemKind ? nodes.at(-1) : nodes[0]);
  if (node === undefined) return "^";
  const key = word(node, "key");
  return key !== "" ? key : word(node, "id").replace(/#.*$/, "");
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
