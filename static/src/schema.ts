// The editor's schema, built from crdt/schema.json: the same file the server's gate reads.
// Every content expression ends in `*`, so that no two valid edits can be invalid together (y-prosemirror would then
// delete the parent), and every attribute is a string with a default. Only looks and parsing are added here.

import { Schema, type Attrs, type DOMOutputSpec, type MarkSpec, type Node, type NodeSpec } from "prosemirror-model";
import described from "../../crdt/schema.json";
import { ID } from "./ids";
import { isItemKind } from "./facts";

interface DescribedNode {
  inline?: boolean;
  item?: boolean;
  children: string[];
  attrs: Record<string, { default: string | null; values?: string[]; pattern?: string }>;
}

const NODES = described.nodes as unknown as Record<string, DescribedNode>;
export const SCHEMA_VERSION = described.version;
export const ROOT = described.root;
export const FIELD_LABELS: Readonly<Record<string, string>> = described.field_labels;
export const FIELDS: Readonly<Record<string, readonly string[]>> = described.fields;
const HREF = new RegExp(`^${described.marks.link.href.pattern}$`);

export function isSafeLink(href: unknown): href is string {
  return typeof href === "string" && HREF.test(href);
}

/** Children in an order ProseMirror can use: a paragraph is what it makes when it must make something. */
function content(node: { inline?: boolean; children: readonly string[] }): string {
  const names = node.inline ? ["text", ...node.children] : [...node.children];
  if (names.length === 0) return "";
  names.sort((one, other) => Number(other === "paragraph") - Number(one === "paragraph"));
  return `(${names.join(" | ")})*`;
}

function text(node: Node, name: string): string {
  const value: unknown = node.attrs[name];
  return typeof value === "string" ? value : "";
}

function span(node: Node): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of ["colspan", "rowspan"]) {
    const value = text(node, name);
    if (/^[1-9][0-9]?$/.test(value) && value !== "1") given[name] = value;
  }
  return given;
}

function spansOf(dom: HTMLElement): Attrs {
  const sane = (name: string) => (/^[1-9][0-9]?$/.test(dom.getAttribute(name) ?? "") ? dom.getAttribute(name) : "1");
  return { colspan: sane("colspan"), rowspan: sane("rowspan") };
}

/** Arabic, Urdu or Hebrew runs from the right, whatever stands around it. */
const AUTO = { dir: "auto" } as const;

type Look = Pick<NodeSpec, "toDOM" | "parseDOM"> & Partial<NodeSpec>;

const LOOKS: Record<string, Look> = {
  paragraph: { parseDOM: [{ tag: "p" }], toDOM: () => ["p", AUTO, 0] },
  heading: {
    defining: true,
    parseDOM: [
      { tag: "h1", attrs: { level: "3" } },
      { tag: "h2", attrs: { level: "3" } },
      { tag: "h3:not([data-title])", attrs: { level: "3" } },
      { tag: "h4", attrs: { level: "4" } },
      { tag: "h5", attrs: { level: "4" } },
      { tag: "h6", attrs: { level: "4" } },
    ],
    toDOM: (node) => [text(node, "level") === "4" ? "h4" : "h3", AUTO, 0],
  },
  bullet_list: { parseDOM: [{ tag: "ul" }], toDOM: () => ["ul", 0] },
  ordered_list: { parseDOM: [{ tag: "ol" }], toDOM: () => ["ol", 0] },
  list_item: { defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", AUTO, 0] },
  table: { isolating: true, parseDOM: [{ tag: "table" }], toDOM: () => ["table", ["tbody", 0]] },
  table_row: { parseDOM: [{ tag: "tr" }], toDOM: () => ["tr", 0] },
  table_cell: { isolating: true, parseDOM: [{ tag: "td", getAttrs: spansOf }], toDOM: (node) => ["td", { ...AUTO, ...span(node) }, 0] },
  table_header: { isolating: true, parseDOM: [{ tag: "th", getAttrs: spansOf }], toDOM: (node) => ["th", { ...AUTO, ...span(node) }, 0] },
  title: {
    isolating: true,
    definingAsContext: true,
    parseDOM: [{ tag: "h3[data-title]", priority: 60 }],
    toDOM: () => ["h3", { class: "item-title", "data-title": "", ...AUTO }, 0],
  },
  field: {
    isolating: true,
    definingAsContext: true,
    parseDOM: [
      {
        tag: "div[data-field]",
        contentElement: ".field-text",
        getAttrs: (dom) => ({ name: knownField(dom.getAttribute("data-field")) }),
      },
    ],
    toDOM: (node): DOMOutputSpec => {
      const name = text(node, "name");
      return [
        "div",
        { class: "field", "data-field": name },
        ["span", { class: "field-label", contenteditable: "false" }, FIELD_LABELS[name] ?? name],
        ["div", { class: "field-text", ...AUTO }, 0],
      ];
    },
  },
  ref: {
    selectable: false,
    draggable: false,
    parseDOM: [{ tag: "div[data-ref]", getAttrs: (dom) => idOrNothing("to", dom.getAttribute("data-ref")) }],
    toDOM: (node) => ["div", { class: "ref", "data-ref": text(node, "to") }],
  },
  hard_break: { selectable: false, parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
};

function knownField(name: string | null): string {
  return name !== null && name in FIELD_LABELS ? name : "what";
}

function idOrNothing(key: string, id: string | null): Attrs | false {
  return id !== null && ID.test(id) ? { [key]: id } : false;
}

function itemLook(kind: string): Look {
  return {
    isolating: true,
    defining: true,
    selectable: false,
    draggable: false,
    parseDOM: [{ tag: `section[data-item=${kind}]`, getAttrs: (dom) => ({ id: dom.getAttribute("data-id") }) }],
    toDOM: (node) => ["section", { class: "item", "data-item": kind, "data-id": text(node, "id") }, 0],
  };
}

function nodeSpec(name: string, node: DescribedNode): NodeSpec {
  const attrs: Record<string, { default: string | null }> = {};
  for (const [key, attribute] of Object.entries(node.attrs)) attrs[key] = { default: attribute.default };
  const isInline = name === "hard_break";
  return {
    content: content(node),
    attrs,
    inline: isInline,
    ...(isInline ? { group: "inline", leafText: () => "\n" } : {}),
    ...(node.inline === true || isInline ? {} : { marks: "" }),
    ...(node.item === true ? itemLook(name) : LOOKS[name]),
  };
}

const MARKS: Record<string, MarkSpec> = {
  strong: {
    parseDOM: [
      // Some sources wrap everything in <b style="font-weight: normal">.
      { tag: "b", getAttrs: (dom) => !/^(normal|[1-5]00)$/.test(dom.style.fontWeight) && null },
      { tag: "strong" },
      { style: "font-weight", getAttrs: (value) => /^(bold(er)?|[6-9]\d{2})$/.test(value) && null },
    ],
    toDOM: () => ["strong", 0],
  },
  em: {
    parseDOM: [{ tag: "i" }, { tag: "em" }, { style: "font-style=italic" }],
    toDOM: () => ["em", 0],
  },
  link: {
    inclusive: false,
    attrs: { href: { default: null } },
    parseDOM: [
      {
        tag: "a[href]",
        getAttrs: (dom) => {
          const href = dom.getAttribute("href");
          return isSafeLink(href) && { href };
        },
      },
    ],
    toDOM: (mark) => {
      const href: unknown = mark.attrs["href"];
      return isSafeLink(href) ? ["a", { href, rel: "noopener noreferrer" }, 0] : ["span", 0];
    },
  },
};

function build(): Schema {
  const nodes: Record<string, NodeSpec> = { doc: { content: content(described.document), marks: "" }, text: { group: "inline" } };
  for (const [name, node] of Object.entries(NODES)) nodes[name] = nodeSpec(name, node);
  const marks: Record<string, MarkSpec> = {};
  for (const name of Object.keys(described.marks)) marks[name] = MARKS[name] ?? {};
  return new Schema({ nodes, marks, topNode: "doc" });
}

export const schema = build();

/** The node type of that name; the name is one of schema.json's. */
export function type(name: string) {
  const found = schema.nodes[name];
  if (found === undefined) throw new Error(`no node called ${name}`);
  return found;
}

export function mark(name: string) {
  const found = schema.marks[name];
  if (found === undefined) throw new Error(`no mark called ${name}`);
  return found;
}

export function isItem(node: Node): boolean {
  return isItemKind(node.type.name);
}

/** A string attribute of a node, empty when it is missing. */
export function attribute(node: Node, name: string): string {
  return text(node, name);
}
