// "Undo mine" takes back what this person did and never what somebody else wrote since: whatever holds other people's
// words stays, and so does the frame they stand in, a need with its title and fields, a table with its cells.

import type { Plugin } from "prosemirror-state";
import { ySyncPluginKey, yUndoPlugin } from "y-prosemirror";
import * as Y from "yjs";

type Step = Pick<Y.UndoManager["undoStack"][number], "insertions">;

/** Blocks that are of no use, or not whole, without their parts. */
const FRAMES: readonly string[] = ["need", "outcome", "provision", "table"];
const PARTS: readonly string[] = ["title", "field", "table_row", "table_cell", "table_header"];

function nameOf(item: Y.Item): string {
  const holder: unknown = item.content instanceof Y.ContentType ? item.content.type : null;
  return holder instanceof Y.XmlElement ? holder.nodeName : "";
}

function isPart(item: Y.Item): boolean {
  if (PARTS.includes(nameOf(item))) return true;
  const cell = above(item);
  return nameOf(item) === "paragraph" && cell !== null && nameOf(cell).startsWith("table_");
}

function above(item: Y.Item): Y.Item | null {
  return item.parent instanceof Y.AbstractType ? item.parent._item : null;
}

function frameOf(item: Y.Item): Y.Item | null {
  for (let at = above(item); at !== null; at = above(at)) if (FRAMES.includes(nameOf(at))) return at;
  return null;
}

/** Is there anything below this that somebody else put there? */
function holdsOthers(item: Y.Item, own: number): boolean {
  if (!(item.content instanceof Y.ContentType)) return false;
  for (let at = (item.content.type as Y.AbstractType<unknown>)._start; at !== null; at = at.right)
    if (!at.deleted && (at.id.client !== own || holdsOthers(at, own))) return true;
  return false;
}

/** The plugin that undoes and redoes this person's own changes. */
export function ownUndo(fragment: Y.XmlFragment): Plugin {
  const own = fragment.doc?.clientID ?? 0;
  const steps = new Set<Step>();
  const isOfOneStep = (item: Y.Item, other: Y.Item) => {
    const step = [...steps].find(({ insertions }) => Y.isDeleted(insertions, other.id));
    return step !== undefined && Y.isDeleted(step.insertions, item.id);
  };
  /** A part of something made in the same step, in which others have written since. */
  const isNeeded = (item: Y.Item) => {
    const frame = isPart(item) ? frameOf(item) : null;
    return frame !== null && holdsOthers(frame, own) && isOfOneStep(item, frame);
  };
  /** What a block is called by was made with it, and goes with it or not at all. */
  const belongs = (item: Y.Item) => {
    const block = item.parentSub === null ? null : above(item);
    return block !== null && isOfOneStep(item, block);
  };
  const undoManager = new Y.UndoManager(fragment, {
    trackedOrigins: new Set<unknown>([ySyncPluginKey]),
    captureTransaction: (transaction) => transaction.meta.get("addToHistory") !== false,
    // Asked for what lies inside before what holds it: what is still not empty holds somebody else's words.
    deleteFilter: (item) => {
      if (!(item.content instanceof Y.ContentType)) return !belongs(item);
      return (item.content.type as Y.AbstractType<unknown>)._length === 0 && !isNeeded(item);
    },
  });
  undoManager.on("stack-item-added", ({ stackItem }: { stackItem: Step }) => steps.add(stackItem));
  undoManager.on("stack-cleared", () => {
    steps.clear();
  });
  return yUndoPlugin({ undoManager }) as Plugin;
}
