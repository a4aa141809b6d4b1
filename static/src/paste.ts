// Pasted text becomes our own text: only what the schema knows, no styles, no leftovers of word processors, and new ids
// for pasted items (their links stay). What the schema does not know loses its wrapping, never its words.

import { DOMParser, Fragment, Slice, type Node, type ParseOptions, type ResolvedPos } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import { tell } from "./dialogs";
import { isItemKind } from "./facts";
import { newId } from "./ids";
import { attribute, FIELDS, isItem, schema, type } from "./schema";
import { clearAcross, crosses, structural } from "./structure";

const JUNK = "style, script, meta, link, title, head, xml, template, object, svg, math, [hidden]";
/** Text a word processor puts before a list line: a bullet, "1.", "a)". */
const MARKER = /^[\s\u00a0]*(?:([0-9]{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|[•·▪◦○●o§–-])[\s\u00a0]+/;

/** What is pasted at once reaches the server as one message, which may not be larger than it takes. */
const LARGEST = 150_000;

export interface ListLine {
  readonly isList: boolean;
  readonly isOrdered: boolean;
}

/** Is a paragraph with these attributes and text a word processor's list line? */
export function listLine(classes: string, style: string, text: string): ListLine {
  const isList = /mso-list:\s*(?!none)/i.test(style) || /\bMsoListParagraph/.test(classes);
  const marker = MARKER.exec(text);
  return { isList: isList && marker !== null, isOrdered: marker?.[1] !== undefined };
}

/**
 * Puts styles and event handlers out of action before anything is parsed: the page's security policy would drop them
 * with a complaint, and with them the only sign of bold and italic that some sources give.
 */
export function disarmed(html: string): string {
  return html.replace(/<style\b[\s\S]*?<\/style\s*>/gi, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\s(style|on[a-z]+)(\s*=)/gi, " data-$1$2"));
}

/** Takes a word processor's wrapping off, in place. */
function clean(root: ParentNode & globalThis.Node): void {
  for (const junk of root.querySelectorAll(JUNK)) junk.remove();
  const comments = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found: globalThis.Node[] = [];
  while (comments.nextNode() !== null) found.push(comments.currentNode);
  for (const comment of found) comment.parentNode?.removeChild(comment);
  for (const paragraph of root.querySelectorAll("p")) {
    const style = paragraph.dataset["style"] ?? "";
    const line = listLine(paragraph.className, style, paragraph.textContent);
    if (line.isList) intoList(paragraph, line.isOrdered);
  }
  for (const styled of root.querySelectorAll<HTMLElement>("[data-style]")) {
    const { fontWeight, fontStyle } = plainStyle(styled.dataset["style"] ?? "");
    styled.style.fontWeight = fontWeight;
    styled.style.fontStyle = fontStyle;
  }
  // Word processors' own tags (o:p, w:sdt) and soft line-break leftovers: keep what is inside.
  for (const odd of [...root.querySelectorAll("*")].filter((one) => one.tagName.includes(":"))) odd.replaceWith(...odd.childNodes);
}

/** What a style says of weight and slant; nothing else of it is wanted. */
export function plainStyle(style: string): { fontWeight: string; fontStyle: string } {
  const value = (name: string) => new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([a-z0-9]+)`, "i").exec(style)?.[1]?.toLowerCase() ?? "";
  return { fontWeight: value("font-weight"), fontStyle: value("font-style") };
}

function intoList(paragraph: HTMLElement, isOrdered: boolean): void {
  const name = isOrdered ? "ol" : "ul";
  const before = paragraph.previousElementSibling;
  const list = before?.localName === name && before.hasAttribute("data-from-word") ? before : paragraph.ownerDocument.createElement(name);
  list.setAttribute("data-from-word", "");
  if (list !== before) paragraph.before(list);
  for (const marker of paragraph.querySelectorAll("span[data-style*='mso-list']")) marker.remove();
  stripMarker(paragraph);
  const item = paragraph.ownerDocument.createElement("li");
  paragraph.removeAttribute("class");
  item.append(paragraph);
  list.append(item);
}

function stripMarker(paragraph: HTMLElement): void {
  const first = paragraph.ownerDocument.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT).nextNode();
  if (first instanceof Text) first.nodeValue = first.data.replace(MARKER, "");
}

class PasteParser extends DOMParser {
  override parseSlice(dom: globalThis.Node, options?: ParseOptions): Slice {
    if (dom instanceof HTMLElement) clean(dom);
    return super.parseSlice(dom, options);
  }
}

/** An item as it should be: a fresh id, a title, and every field of its kind. */
function renewed(item: Node): Node {
  const kind = item.type.name;
  const children: Node[] = [];
  item.forEach((child) => children.push(child));
  if (!children.some((child) => child.type.name === "title")) children.unshift(type("title").create());
  for (const name of isItemKind(kind) ? (FIELDS[kind] ?? []) : []) {
    const has = children.some((child) => child.type.name === "field" && attribute(child, "name") === name);
    if (!has) children.push(type("field").create({ name }));
  }
  return item.type.create({ id: newId() }, children);
}

/** The lines of part of an item, as ordinary paragraphs. */
function unwrapped(item: Node): Node[] {
  const lines: Node[] = [];
  item.forEach((child) => {
    if (child.type.name === "title" || child.type.name === "field") {
      if (child.content.size > 0) lines.push(type("paragraph").create(null, child.content));
    } else if (child.type.name !== "ref") lines.push(child);
  });
  return lines;
}

/** Whole items get new ids; a piece of one item becomes ordinary paragraphs, so that it can go anywhere. */
export function settle(slice: Slice): Slice {
  const top: Node[] = [];
  slice.content.forEach((node) => top.push(node));
  if (!top.some(isItem)) return untitled(slice);
  const only = top.length === 1 ? top[0] : undefined;
  if (only !== undefined && slice.openStart > 0) {
    const lines = unwrapped(only);
    const isOneLine = lines.length === 1 && lines[0]?.isTextblock === true;
    return new Slice(Fragment.from(lines), isOneLine ? 1 : 0, isOneLine ? 1 : 0);
  }
  return new Slice(Fragment.from(top.map((node) => (isItem(node) ? renewed(node) : node))), 0, 0);
}

/** Loose titles and fields, which may only stand in an item, become paragraphs. */
function untitled(slice: Slice): Slice {
  const loose = (node: Node) => ["title", "field", "ref"].includes(node.type.name);
  const top = slice.content.content;
  if (!top.some(loose)) return slice;
  const plain = top
    .filter((node) => node.type.name !== "ref")
    .map((node) => (loose(node) ? type("paragraph").create(null, node.content) : node));
  return new Slice(Fragment.from(plain), slice.openStart, slice.openEnd);
}

/** All text of a slice on one line, its paragraphs parted by line breaks. */
export function onOneLine(slice: Slice): Fragment {
  const lines: Node[][] = [[]];
  const put = (node: Node) => {
    if (node.isInline) lines.at(-1)?.push(node);
    else {
      if (node.isTextblock && lines.at(-1)?.length !== 0) lines.push([]);
      node.forEach(put);
    }
  };
  slice.content.forEach(put);
  const joined: Node[] = [];
  for (const [index, line] of lines.entries()) {
    if (index > 0) joined.push(type("hard_break").create());
    joined.push(...line);
  }
  return Fragment.from(joined);
}

function isOnLine($pos: ResolvedPos): boolean {
  return $pos.parent.type.name === "title" || $pos.parent.type.name === "field";
}

function holdsItem(slice: Slice): boolean {
  return slice.content.content.some(isItem);
}

/** Refuses what could not be saved in one go, before it happens, and says what to do instead. */
function isTooLarge(slice: Slice): boolean {
  if (slice.size <= LARGEST) return false;
  tell("That is too much to paste at once", "Nothing was pasted. Paste it in smaller parts, for example ten pages at a time.");
  return true;
}

export function paste(): Plugin {
  return new Plugin({
    props: {
      clipboardParser: new PasteParser(schema, DOMParser.fromSchema(schema).rules),
      transformPastedHTML: disarmed,
      transformPasted: settle,
      handleDrop: (_view, _event, slice, isMoved) => !isMoved && isTooLarge(slice),
      handlePaste(view, _event, slice) {
        if (isTooLarge(slice)) return true;
        if (crosses(view.state)) view.dispatch(clearAcross(view.state.tr));
        const { state } = view;
        const { $from } = state.selection;
        if (holdsItem(slice) && $from.depth > 0) {
          // Items stand at the top: they go after whatever the caret is in.
          const at = $from.after(1);
          view.dispatch(structural(state.tr.insert(at, slice.content)).setMeta("paste", true).scrollIntoView());
          return true;
        }
        if (isOnLine($from)) {
          view.dispatch(state.tr.replaceSelection(new Slice(onOneLine(slice), 0, 0)).setMeta("paste", true).scrollIntoView());
          return true;
        }
        return false;
      },
    },
  });
}
