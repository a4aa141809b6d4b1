// What the tests of the shared layers need: a small baseline, and pages that exchange their changes when told to.

import * as Y from "yjs";
import { Board } from "../../static/src/redline/board.ts";
import { Layer } from "../../static/src/redline/layerdoc.ts";

const text = (id, type, words, attrs) => ({ id, type, text: words, ...(attrs ? { attrs } : {}) });
const cell = (id, words) => ({ id, type: "table_cell", blocks: [text(`${id}.p`, "paragraph", words)] });

export const BASELINE = {
  version: 1,
  section: "F",
  hash: "0".repeat(64),
  blocks: [
    text("intro", "paragraph", "A will have speech therapy 😀 as required."),
    { id: "list", type: "bullet_list", blocks: [{ id: "one", type: "list_item", blocks: [text("one.p", "paragraph", "First.")] }] },
    {
      id: "prov",
      type: "provision",
      blocks: [text("prov.title", "title", "Therapy"), text("prov.what", "field", "Direct speech therapy", { name: "what" })],
    },
    { id: "table", type: "table", blocks: [{ id: "row", type: "table_row", blocks: [cell("c1", "Mon"), cell("c2", "Tue 👩‍👧")] }] },
    text("last", "paragraph", ""),
  ],
};

const style = { name: "", letter: "", style: [], deleted: [], colour: "", line: "" };
export const PROFILE = {
  name: "send23",
  hands: {
    original: style,
    agreed: { ...style, name: "Agreed", letter: "A", style: ["underline"], deleted: ["underline", "strike"] },
    family: { ...style, name: "Family", letter: "F", style: ["bold"], deleted: ["bold", "strike"] },
    authority: { ...style, name: "Council", letter: "C", style: ["italic"], deleted: ["italic", "strike"] },
    tribunal: { ...style, name: "Tribunal", letter: "T", style: ["bold"], deleted: ["bold", "strike"] },
  },
};

export function registerOf(statuses = {}) {
  return { status: (key) => statuses[key] ?? "proposed", profile: PROFILE, tribunal: {} };
}

/** One person's page: both layers, of which it writes one. Offline it keeps what it made. */
export class Page {
  constructor(me, others = []) {
    this.me = me;
    this.isOnline = true;
    this.docs = { family: new Y.Doc(), authority: new Y.Doc() };
    this.layers = { family: new Layer(this.docs.family), authority: new Layer(this.docs.authority) };
    this.board = new Board(BASELINE, me, { read: { family: [this.layers.family], authority: [this.layers.authority] }, write: this.layers[me] }, registerOf());
    this.others = others;
    for (const side of ["family", "authority"]) {
      this.docs[side].on("update", (update, origin) => {
        if (origin === "wire" || !this.isOnline) return;
        for (const page of this.others) if (page.isOnline) Y.applyUpdate(page.docs[side], update, "wire");
      });
    }
  }

  /** Back on the line: both ways, with everybody who is there. */
  online() {
    this.isOnline = true;
    for (const page of this.others) {
      if (!page.isOnline) continue;
      for (const side of ["family", "authority"]) {
        const mine = Y.encodeStateAsUpdate(this.docs[side], Y.encodeStateVector(page.docs[side]));
        const theirs = Y.encodeStateAsUpdate(page.docs[side], Y.encodeStateVector(this.docs[side]));
        Y.applyUpdate(page.docs[side], mine, "wire");
        Y.applyUpdate(this.docs[side], theirs, "wire");
      }
    }
  }
}

/** Four people, two to a side, who hear each other. */
export function fourPages() {
  const pages = [new Page("family"), new Page("family"), new Page("authority"), new Page("authority")];
  for (const page of pages) page.others = pages.filter((other) => other !== page);
  return pages;
}
