// Which tools there are, and what each does.

import { setBlockType, toggleMark } from "prosemirror-commands";
import type { MarkType, Node } from "prosemirror-model";
import { liftListItem, wrapInList } from "prosemirror-schema-list";
import type { Command, EditorState } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { redoCommand, undoCommand, yUndoPluginKey } from "y-prosemirror";
import { isFree } from "./carets";
import { ask, choose, sayBusy } from "./dialogs";
import { caretsAreOn, switchCarets } from "./persons";
import { isSafeLink, mark, schema, type } from "./schema";
import { crosses } from "./structure";
import { insertTable, isInTable, tableCommands } from "./tables";
import { commandTool, type Tool } from "./toolbar";
import { asOneStep } from "./undostep";

function hasMark(kind: MarkType): (state: EditorState) => boolean {
  return ({ selection, storedMarks, doc }) => {
    if (selection.empty) return kind.isInSet(storedMarks ?? selection.$from.marks()) !== undefined;
    return doc.rangeHasMark(selection.from, selection.to, kind);
  };
}

function isInside(name: string): (state: EditorState) => boolean {
  return ({ selection: { $from } }) => {
    for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type.name === name) return true;
    return false;
  };
}

const toggleHeading: Command = (state, dispatch) => {
  if (isInside("heading")(state)) return setBlockType(type("paragraph"))(state, dispatch);
  return !isOnItemLine(state) && setBlockType(type("heading"), { level: "3" })(state, dispatch);
};

/** Titles and fields stay what they are. */
function isOnItemLine(state: EditorState): boolean {
  const name = state.selection.$from.parent.type.name;
  return crosses(state) || name === "title" || name === "field";
}

function toggleList(name: "bullet_list" | "ordered_list"): Command {
  const other = name === "bullet_list" ? "ordered_list" : "bullet_list";
  return (state, dispatch) => {
    if (isOnItemLine(state)) return false;
    if (isInside(name)(state)) return liftListItem(type("list_item"))(state, dispatch);
    if (!isInside(other)(state)) return wrapInList(type(name))(state, dispatch);
    const { $from } = state.selection;
    for (let depth = $from.depth; depth > 0; depth -= 1) {
      if ($from.node(depth).type.name !== other) continue;
      dispatch?.(state.tr.setNodeMarkup($from.before(depth), type(name)));
      return true;
    }
    return false;
  };
}

interface LinkRange {
  readonly from: number;
  readonly to: number;
  readonly href: string;
}

/** The link the caret stands in, or the selection with the first link in it. */
function linkRange(state: EditorState): LinkRange {
  const { $from, from, to, empty } = state.selection;
  const link = mark("link");
  const hrefOf = (node: Node) => link.isInSet(node.marks)?.attrs["href"] as unknown;
  let at = $from.start();
  let start = at;
  let before: unknown = undefined;
  let first = "";
  for (const node of $from.parent.content.content) {
    const here = hrefOf(node);
    const end = at + node.nodeSize;
    if (here !== before) start = at;
    if (typeof here === "string") {
      if (first === "" && end > from && at < to) first = here;
      // The end of a run that goes on in another style is found when its last piece comes by.
      if (empty && start <= from && end >= from) return { from: start, to: runEnd($from.parent, end - $from.start(), hrefOf, here) + $from.start(), href: here };
    }
    before = here;
    at = end;
  }
  return { from, to, href: first };
}

/** Where the pieces with the same link end, going on from `offset` in a line. */
function runEnd(line: Node, offset: number, hrefOf: (node: Node) => unknown, href: string): number {
  let end = offset;
  for (let next = line.nodeAt(end); next !== null && hrefOf(next) === href; next = line.nodeAt(end)) end += next.nodeSize;
  return end;
}

/** "example.org/page" means https; anything that is not a web, mail or telephone address is asked for again. */
export function asLink(typed: string): string | null {
  const plain = /^[\w-]+(\.[\w-]+)+([/?#].*)?$/.test(typed) ? `https://${typed}` : /^[^\s@:]+@[^\s@:]+\.[^\s@:]+$/.test(typed) ? `mailto:${typed}` : typed;
  return isSafeLink(plain) ? plain : null;
}

function editLink(view: EditorView): void {
  const { from, to, href } = linkRange(view.state);
  const link = mark("link");
  const remove = { words: "Take the link away", chosen: () => { view.dispatch(view.state.tr.removeMark(from, to, link)); view.focus(); } };
  ask(
    {
      title: href === "" ? "Add a link" : "Change the link",
      label: "Web, e-mail or telephone address",
      hint: "For example, www.ipsea.org.uk or tel:01234567890",
      value: href,
      yes: href === "" ? "Add the link" : "Change the link",
    },
    (typed) => (asLink(typed) === null ? "Enter an address that starts with https://, mailto: or tel:" : null),
    (typed) => {
      const given = asLink(typed);
      if (given === null) return;
      const made = link.create({ href: given });
      const { tr } = view.state;
      if (from === to) tr.insert(from, schema.text(typed, [made]));
      else tr.removeMark(from, to, link).addMark(from, to, made);
      view.dispatch(tr.scrollIntoView());
      view.focus();
    },
    href === "" ? null : remove,
  );
}

function tableTool(view: EditorView): void {
  if (!isInTable(view.state)) {
    asOneStep(view, () => {
      insertTable(view.state, view.dispatch.bind(view), view);
    });
    view.focus();
    return;
  }
  const choices = tableCommands.map(({ words, run, goes }) => {
    const chosen = () => {
      // Asked at the moment it is done: somebody may have come since the box was opened.
      if (goes?.(view.state).some((at) => !isFree(view, at)) === true) {
        sayBusy(chosen);
        return;
      }
      asOneStep(view, () => {
        run(view.state, view.dispatch.bind(view), view);
      });
      view.focus();
    };
    return { words, chosen };
  });
  choose("This table", choices);
}

function undoIsPossible(which: "undoStack" | "redoStack"): (state: EditorState) => boolean {
  return (state) => {
    const held = yUndoPluginKey.getState(state) as { undoManager: Record<"undoStack" | "redoStack", unknown[]> } | undefined;
    return (held?.undoManager[which].length ?? 0) > 0;
  };
}

/** All tools in their groups. `openItem` opens what can be done with the item at the caret. */
export function toolGroups(item: Tool | null): Tool[][] {
  const text = [
    commandTool({ id: "bold", words: "Bold", sign: "B", keys: "Control+B", command: toggleMark(mark("strong")), isOn: hasMark(mark("strong")) }),
    commandTool({ id: "italic", words: "Italic", sign: "I", keys: "Control+I", command: toggleMark(mark("em")), isOn: hasMark(mark("em")) }),
    commandTool({ id: "heading", words: "Heading", sign: "H", command: toggleHeading, isOn: isInside("heading") }),
  ];
  const blocks = [
    commandTool({ id: "bullets", words: "Bulleted list", command: toggleList("bullet_list"), isOn: isInside("bullet_list") }),
    commandTool({ id: "numbers", words: "Numbered list", command: toggleList("ordered_list"), isOn: isInside("ordered_list") }),
    { id: "link", words: "Link", run: editLink, isOn: hasMark(mark("link")), isPossible: (state: EditorState) => state.selection.$from.parent.isTextblock && !crosses(state) },
    { id: "table", words: "Table", run: tableTool, isPossible: (state: EditorState) => isInTable(state) || insertTable(state) },
  ];
  const undo: Tool[] = [
    { id: "undo", words: "Undo mine", keys: "Control+Z", run: (view) => { undoCommand(view.state, view.dispatch.bind(view), view); }, isPossible: undoIsPossible("undoStack") },
    { id: "redo", words: "Redo", keys: "Control+Y", run: (view) => { redoCommand(view.state, view.dispatch.bind(view), view); }, isPossible: undoIsPossible("redoStack") },
  ];
  return [text, blocks, item === null ? [] : [item], undo].filter((group) => group.length > 0);
}

/** The switch for other people's carets; it stands beside the list of people. */
export function caretSwitch(): HTMLElement {
  const box = document.createElement("button");
  box.type = "button";
  box.className = "caret-switch";
  const show = () => {
    const isOn = caretsAreOn();
    box.textContent = isOn ? "Hide other people’s cursors" : "Show other people’s cursors";
  };
  box.addEventListener("click", () => {
    switchCarets(!caretsAreOn());
    show();
  });
  show();
  return box;
}
