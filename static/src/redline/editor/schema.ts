// What the composed display is made of, for ProseMirror: every block carries its display id, the record that adds it and
// the letters of the hands in it; runs are marks that carry the keys of their records. Nothing is ever parsed into it.

import { Schema, type DOMOutputSpec, type MarkSpec, type Node, type NodeSpec } from "prosemirror-model";
import { FIELD_LABELS } from "../../schema";

const BLOCK = { id: { default: "" }, key: { default: "" }, letters: { default: "" }, look: { default: "" } };
const TEXT: Partial<NodeSpec> = { content: "text*", marks: "_", whitespace: "pre", group: "block", attrs: BLOCK, selectable: false };
const HOLDER: Partial<NodeSpec> = { content: "block*", marks: "", group: "block", attrs: BLOCK, selectable: false, draggable: false };

export function word(node: Node, name: string): string {
  const value: unknown = node.attrs[name];
  return typeof value === "string" ? value : "";
}

/** The attributes of a block's element. Classes come from a fixed list, so no value of a record becomes one. */
function given(node: Node, ...classes: string[]): Record<string, string> {
  const found: Record<string, string> = { "data-block": word(node, "id"), dir: "auto" };
  const all = [...classes, ...word(node, "look").split(" ")].filter((name) => name !== "");
  if (all.length > 0) found["class"] = all.join(" ");
  if (word(node, "letters") !== "") found["data-letters"] = word(node, "letters");
  return found;
}

function span(node: Node): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ["colspan", "rowspan"]) if (/^[1-9][0-9]?$/.test(word(node, name)) && word(node, name) !== "1") found[name] = word(node, name);
  return found;
}

const CELL = { ...BLOCK, colspan: { default: "1" }, rowspan: { default: "1" } };

const nodes: Record<string, NodeSpec> = {
  doc: { content: "block*", marks: "" },
  text: { inline: true, group: "inline" },
  paragraph: { ...TEXT, toDOM: (node) => ["p", given(node, "app-rl-block"), 0] },
  heading: { ...TEXT, attrs: { ...BLOCK, level: { default: "3" } }, toDOM: (node) => [word(node, "level") === "4" ? "h4" : "h3", given(node, "app-rl-block", "app-rl-heading"), 0] },
  title: { ...TEXT, toDOM: (node) => ["h3", given(node, "app-rl-block", "app-rl-heading", "item-title"), 0] },
  field: {
    ...TEXT,
    attrs: { ...BLOCK, name: { default: "" } },
    toDOM: (node): DOMOutputSpec => [
      "div",
      { class: "field" },
      ["span", { class: "field-label", contenteditable: "false" }, FIELD_LABELS[word(node, "name")] ?? word(node, "name")],
      ["div", given(node, "app-rl-block", "field-text"), 0],
    ],
  },
  bullet_list: { ...HOLDER, toDOM: (node) => ["ul", given(node), 0] },
  ordered_list: { ...HOLDER, toDOM: (node) => ["ol", given(node), 0] },
  list_item: { ...HOLDER, toDOM: (node) => ["li", given(node), 0] },
  table: { ...HOLDER, toDOM: (node) => ["table", given(node), ["tbody", 0]] },
  table_row: { ...HOLDER, toDOM: (node) => ["tr", given(node), 0] },
  table_cell: { ...HOLDER, isolating: true, attrs: CELL, toDOM: (node) => ["td", { ...given(node), ...span(node) }, 0] },
  table_header: { ...HOLDER, isolating: true, attrs: CELL, toDOM: (node) => ["th", { ...given(node), ...span(node) }, 0] },
  group: { ...HOLDER, toDOM: (node) => ["div", given(node), 0] },
};
for (const kind of ["need", "outcome", "provision"]) {
  nodes[kind] = {
    ...HOLDER,
    attrs: { ...BLOCK, label: { default: "" } },
    toDOM: (node) => ["section", given(node, "item"), ["span", { class: "item-label" }, word(node, "label")], ["div", { class: "item-body" }, 0]],
  };
}

function run(tag: string): MarkSpec {
  return {
    attrs: { keys: { default: "" }, look: { default: "" }, words: { default: "" } },
    inclusive: false,
    toDOM: (mark) => [tag, { class: String(mark.attrs["look"]), "data-keys": String(mark.attrs["keys"]), "data-words": String(mark.attrs["words"]) }, 0],
  };
}

export const schema = new Schema({ nodes, marks: { ins: run("ins"), del: run("del") }, topNode: "doc" });

export function nodeType(name: string) {
  const found = schema.nodes[name];
  if (found === undefined) throw new Error(`no node called ${name}`);
  return found;
}

export function markType(name: "ins" | "del") {
  return schema.marks[name];
}
