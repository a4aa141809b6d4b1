// Enter, Backspace, Delete, Tab and Escape, with items in mind; undo takes back only what this person did.

import { baseKeymap, chainCommands, createParagraphNear, liftEmptyBlock, splitBlock, toggleMark } from "prosemirror-commands";
import { keydownHandler } from "prosemirror-keymap";
import { liftListItem, sinkListItem, splitListItem } from "prosemirror-schema-list";
import { Plugin, Selection, TextSelection, type Command } from "prosemirror-state";
import { redoCommand, undoCommand } from "y-prosemirror";
import { readCaret } from "./movedcaret";
import { isItem, mark, type } from "./schema";
import { clearAcross, crosses, structural } from "./structure";
import { toNextCell } from "./tables";

const isLine = (name: string) => name === "title" || name === "field";

/** A selection over the edges of items is emptied line by line. */
const clearSelection: Command = (state, dispatch) => {
  if (!crosses(state)) return false;
  dispatch?.(clearAcross(state.tr).scrollIntoView());
  return true;
};

/** Enter in a title or field goes to the next line of the item, and makes a paragraph after the last. */
const toNextLine: Command = (state, dispatch) => {
  const { $from } = state.selection;
  if (!isLine($from.parent.type.name)) return false;
  const item = $from.node(-1);
  const next = item.maybeChild($from.index(-1) + 1);
  const after = $from.after();
  const tr = state.tr;
  if (next?.isTextblock !== true) tr.insert(after, type("paragraph").create());
  tr.setSelection(TextSelection.create(tr.doc, after + 1));
  dispatch?.(tr.scrollIntoView());
  return true;
};

/** Enter on an empty last line of an item goes on below the item; elsewhere in it an empty line stays a line. */
const leaveItem: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || $from.depth !== 2 || !isItem($from.node(1)) || $from.parent.type.name !== "paragraph") return false;
  if ($from.parent.content.size > 0) return false;
  const item = $from.node(1);
  const isLast = $from.index(1) === item.childCount - 1;
  const tr = state.tr;
  if (isLast) {
    const below = $from.after(1);
    tr.insert(below, type("paragraph").create());
    tr.setSelection(TextSelection.create(tr.doc, below + 1));
    tr.delete($from.before(), $from.after());
  } else {
    tr.insert($from.after(), type("paragraph").create());
    tr.setSelection(TextSelection.create(tr.doc, $from.after() + 1));
  }
  dispatch?.(structural(tr).scrollIntoView());
  return true;
};

const hardBreak: Command = (state, dispatch) => {
  if (crosses(state) || !state.selection.$from.parent.isTextblock) return true;
  dispatch?.(state.tr.replaceSelectionWith(type("hard_break").create()).scrollIntoView());
  return true;
};

/** At the very start of a line: does deleting backwards mean nothing here? */
const holdAtStart: Command = (state) => {
  const { $from, empty } = state.selection;
  return empty && $from.parent.isTextblock && $from.parentOffset === 0 && isLine($from.parent.type.name);
};

const holdAtEnd: Command = (state) => {
  const { $from, empty } = state.selection;
  return empty && $from.parent.isTextblock && $from.parentOffset === $from.parent.content.size && isLine($from.parent.type.name);
};

/** An empty paragraph after a title, field or chip goes away, and the caret to the end of the line before. */
const removeEmptyLine: Command = (state, dispatch) => {
  const { $from, empty } = state.selection;
  if (!empty || $from.parent.type.name !== "paragraph" || $from.parent.content.size > 0 || $from.depth !== 2) return false;
  if (!isItem($from.node(1)) || $from.index(1) === 0) return false;
  const tr = state.tr.delete($from.before(), $from.after());
  tr.setSelection(Selection.near(tr.doc.resolve($from.before()), -1));
  dispatch?.(tr.scrollIntoView());
  return true;
};

/** At the edge of a line nothing is left for the browser to do by itself. */
const holdBackward: Command = (state) => state.selection.empty && state.selection.$from.parentOffset === 0;
const holdForward: Command = (state) => {
  const { $from, empty } = state.selection;
  return empty && $from.parentOffset === $from.parent.content.size;
};

/** Never left to the browser, whose own undo knows nothing of other people's words and would tear the text apart. */
const undo: Command = (state, dispatch, view) => {
  undoCommand(state, dispatch, view);
  return true;
};
const redo: Command = (state, dispatch, view) => {
  redoCommand(state, dispatch, view);
  return true;
};

function base(key: string): Command {
  return baseKeymap[key] ?? (() => false);
}

const listItem = type("list_item");

/** Enter on an empty point ends the list there. */
const leaveList: Command = (state, dispatch, view) => {
  const { $from, empty } = state.selection;
  if (!empty || $from.parent.content.size > 0 || $from.depth < 2 || $from.node(-1).type !== listItem) return false;
  return liftListItem(listItem)(state, dispatch, view);
};

const enter = chainCommands(
  clearSelection,
  toNextLine,
  splitListItem(listItem),
  leaveList,
  leaveItem,
  createParagraphNear,
  (state, dispatch, view) => state.selection.$from.depth === 1 && liftEmptyBlock(state, dispatch, view),
  splitBlock,
);
const backspace = chainCommands(clearSelection, holdAtStart, removeEmptyLine, base("Backspace"), holdBackward);
const forward = chainCommands(clearSelection, holdAtEnd, base("Delete"), holdForward);

const bindings: Record<string, Command> = {
  ...baseKeymap,
  Enter: enter,
  "Shift-Enter": hardBreak,
  "Mod-Enter": enter,
  Backspace: backspace,
  "Mod-Backspace": backspace,
  "Shift-Backspace": backspace,
  Delete: forward,
  "Mod-Delete": forward,
  "Mod-b": toggleMark(mark("strong")),
  "Mod-i": toggleMark(mark("em")),
  "Mod-z": undo,
  "Mod-y": redo,
  "Mod-Shift-z": redo,
  "Mod-]": sinkListItem(listItem),
  "Mod-[": liftListItem(listItem),
  Tab: toNextCell(1),
  "Shift-Tab": toNextCell(-1),
};

/** The key bindings, and Escape then Tab to leave the text wherever the caret is, with no timing involved. */
export function keys(leave: (backwards: boolean) => void): Plugin {
  const bound = keydownHandler(bindings);
  let isLeaving = false;
  return new Plugin({
    props: {
      handleDOMEvents: {
        keydown: readCaret,
        beforeinput(view, event) {
          const ownHistory = { historyUndo: undo, historyRedo: redo }[event.inputType];
          if (ownHistory === undefined) return readCaret(view, event);
          event.preventDefault();
          return ownHistory(view.state, view.dispatch.bind(view), view);
        },
      },
      handleKeyDown(view, event) {
        if (event.key === "Escape" && !event.isComposing) {
          isLeaving = true;
          return false;
        }
        if (event.key === "Shift") return false;
        const leavesNow = isLeaving && event.key === "Tab";
        isLeaving = false;
        if (leavesNow) {
          event.preventDefault();
          leave(event.shiftKey);
          return true;
        }
        return bound(view, event);
      },
    },
  });
}
