// Keeps items whole. A slip of the finger may empty a line, never merge two needs, drop a field or split a provision.
// Deleting, moving and adding items is done only by the commands in items.ts, which mark their transactions.

import type { Node } from "prosemirror-model";
import { AllSelection, Plugin, Selection, TextSelection, type EditorState, type Transaction } from "prosemirror-state";
import { ySyncPluginKey } from "y-prosemirror";
import { attribute, isItem, type } from "./schema";

const STRUCTURAL = "structural";

/** Marks a transaction as a deliberate change of items. */
export function structural(tr: Transaction): Transaction {
  return tr.setMeta(STRUCTURAL, true);
}

/** Does the selection reach over the edge of a title, field, item or table cell? */
export function crosses(state: EditorState): boolean {
  const { selection, doc } = state;
  if (selection.empty || selection instanceof AllSelection) return false;
  const { from, to } = selection;
  let found = false;
  doc.nodesBetween(from, to, (node, pos) => {
    const holdsAll = pos < from && pos + node.nodeSize > to;
    if (node.type.spec.isolating === true && !holdsAll) found = true;
    return !found;
  });
  return found;
}

/** Empties the selected text line by line, leaving items, fields and cells where they are. */
export function clearAcross(tr: Transaction): Transaction {
  const { from, to } = tr.selection;
  const whole: { from: number; to: number }[] = [];
  const lines: { from: number; to: number }[] = [];
  tr.doc.nodesBetween(from, to, (node, pos) => {
    const end = pos + node.nodeSize;
    const isPlain = node.isBlock && !isItem(node) && !["title", "field", "ref", "list_item", "table_row"].includes(node.type.name);
    const isInCell = ["table_cell", "table_header"].includes(node.type.name);
    if (isPlain && !isInCell && from < pos && to > end) {
      const parent = tr.doc.resolve(pos).parent;
      const standsAlone = parent.type.name === "doc" || isItem(parent);
      if (standsAlone) {
        whole.push({ from: pos, to: end });
        return false;
      }
    }
    if (node.isTextblock) {
      lines.push({ from: Math.max(from, pos + 1), to: Math.min(to, end - 1) });
      return false;
    }
    return true;
  });
  const cuts = [...whole, ...lines].sort((one, other) => other.from - one.from);
  for (const cut of cuts) if (cut.to > cut.from) tr.delete(cut.from, cut.to);
  const at = tr.doc.resolve(Math.min(from, tr.doc.content.size));
  return tr.setSelection(TextSelection.near(at));
}

function shape(item: Node): string {
  const names: string[] = [];
  item.forEach((child) => {
    if (child.type.name === "title") names.push("title");
    if (child.type.name === "field") names.push(attribute(child, "name"));
  });
  return names.join(" ");
}

/** Would going from `before` to `after` lose, merge, split or double an item, or a line of one? */
export function breaksItems(before: Node, after: Node): boolean {
  if (before === after) return false;
  const stood = new Map<string, Node>();
  before.forEach((node) => {
    if (isItem(node)) stood.set(attribute(node, "id"), node);
  });
  const seen = new Set<string>();
  let isBroken = false;
  after.forEach((node) => {
    if (!isItem(node)) return;
    const id = attribute(node, "id");
    const old = stood.get(id);
    if (seen.has(id) && id !== "") isBroken = true;
    seen.add(id);
    if (old !== undefined && old !== node && shape(old) !== shape(node)) isBroken = true;
  });
  for (const id of stood.keys()) if (!seen.has(id)) isBroken = true;
  return isBroken;
}

/** After everything was deleted, is this what is left? */
function isBare(doc: Node): boolean {
  return doc.childCount === 0 || (doc.childCount === 1 && doc.firstChild?.type.name === "paragraph" && doc.textContent === "");
}

/** Refuses local transactions that would break items, and sees that there is always a line to type on. */
export function structureGuard(): Plugin {
  return new Plugin({
    filterTransaction(tr, state) {
      if (!tr.docChanged || tr.getMeta(STRUCTURAL) === true || tr.getMeta(ySyncPluginKey) !== undefined) return true;
      return !breaksItems(state.doc, tr.doc) || (state.selection instanceof AllSelection && isBare(tr.doc));
    },
    appendTransaction(transactions, before, state) {
      // On an empty document the only selection is "everything". It must not stay so when somebody else's text
      // arrives: the next key would replace all of it.
      if (state.selection instanceof AllSelection && before.doc.childCount === 0 && state.doc.childCount > 0)
        return state.tr.setSelection(Selection.atStart(state.doc));
      const isOurs = transactions.some((tr) => tr.docChanged && tr.getMeta(ySyncPluginKey) === undefined);
      return isOurs && state.doc.childCount === 0 ? withFirstLine(state.tr) : null;
    },
    props: {
      handleDOMEvents: {
        focus(view) {
          // An empty section has no line to put the caret on; make one as soon as somebody means to write.
          if (view.editable && view.state.doc.childCount === 0) view.dispatch(withFirstLine(view.state.tr));
          return false;
        },
        cut(view, event) {
          if (!crosses(view.state) || event.clipboardData === null) return false;
          const { dom, text } = view.serializeForClipboard(view.state.selection.content());
          event.preventDefault();
          event.clipboardData.clearData();
          event.clipboardData.setData("text/html", new XMLSerializer().serializeToString(dom));
          event.clipboardData.setData("text/plain", text);
          view.dispatch(clearAcross(view.state.tr).scrollIntoView());
          return true;
        },
        dragstart(view, event) {
          if (!crosses(view.state)) return false;
          event.preventDefault();
          return true;
        },
      },
      handleTextInput(view, _from, _to, text) {
        if (!crosses(view.state)) return false;
        view.dispatch(clearAcross(view.state.tr).insertText(text).scrollIntoView());
        return true;
      },
    },
  });
}

function withFirstLine(tr: Transaction): Transaction {
  tr.insert(0, type("paragraph").create());
  return tr.setSelection(TextSelection.create(tr.doc, 1));
}
