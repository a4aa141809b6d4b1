// Notices when somebody else removes the block a person is writing in. The shared document would put the caret into
// whatever comes next, and the next letters with it; this gives it back to the same words if they only changed their
// block, and else says what is gone, so that nothing is written where nobody meant it.

import type { Node } from "prosemirror-model";
import { Plugin, TextSelection, type EditorState, type Transaction } from "prosemirror-state";
import * as Y from "yjs";
import { isRemote } from "./anchor";
import { bindingOf, REGAINED } from "./holdcaret";
import { isElement, ownText, placeOf, type Fragment } from "./unsaved";

interface Ground {
  /** The line the caret is in. */
  readonly line: Y.XmlElement;
  readonly text: string;
  readonly offset: number;
  /** What this page wrote in the whole block, line by line. */
  readonly own: readonly { readonly line: Y.XmlElement; readonly fragment: Fragment }[];
}

export class StandingGround {
  private ground: Ground | null = null;

  /** Remembers before each change where the caret is. */
  readonly plugin = new Plugin({
    view: (view) => {
      const doc = bindingOf(view.state)?.doc;
      const remember = () => {
        this.ground = groundOf(view.state);
      };
      doc?.on("beforeAllTransactions", remember);
      return { destroy: () => doc?.off("beforeAllTransactions", remember) };
    },
  });

  /** What this person wrote in the block that the change took away; null when the caret still has its block. */
  lost(tr: Transaction): Fragment[] | null {
    const { ground } = this;
    if (ground === null || !isRemote(tr) || ground.line._item?.deleted !== true) return null;
    const again = sameWords(tr.doc, ground, tr.selection.head);
    if (again !== null) {
      tr.setSelection(TextSelection.create(tr.doc, again)).setMeta(REGAINED, true);
      return null;
    }
    return ground.own.filter(({ line }) => line._item?.deleted === true).map(({ fragment }) => fragment);
  }
}

/** The same words in another block, a list for example: the nearest place where they stand. */
function sameWords(doc: Node, { text, offset }: Ground, near: number): number | null {
  if (text === "") return null;
  let found: number | null = null;
  doc.descendants((node, pos) => {
    if (!node.isTextblock) return true;
    const start = node.textContent.indexOf(text);
    if (start < 0) return false;
    const at = pos + 1 + Math.min(start + offset, node.content.size);
    if (found === null || Math.abs(at - near) < Math.abs(found - near)) found = at;
    return false;
  });
  return found;
}

function groundOf(state: EditorState): Ground | null {
  const { selection } = state;
  const binding = bindingOf(state);
  if (binding === null || !(selection instanceof TextSelection)) return null;
  const { $head } = selection;
  let at: Y.XmlFragment = binding.type;
  let block: Y.XmlElement | null = null;
  let line: Y.XmlElement | null = null;
  for (let depth = 0; depth < $head.depth; depth += 1) {
    const next: unknown = at.get($head.index(depth));
    if (!isElement(next)) return null;
    at = next;
    line = next;
    block ??= next;
  }
  if (block === null || line === null) return null;
  const own = linesOf(block).flatMap((one) => {
    const text = ownText(one, binding.doc.clientID);
    return text.trim() === "" ? [] : [{ line: one, fragment: { text, place: placeOf(one as unknown as Y.AbstractType<unknown>) } }];
  });
  return { line, text: $head.parent.textContent, offset: $head.parentOffset, own };
}

/** The lines of text in a block. */
function linesOf(block: Y.XmlElement): Y.XmlElement[] {
  const parts: unknown[] = block.toArray();
  if (parts.some((part) => part instanceof Y.XmlText)) return [block];
  return parts.flatMap((part) => (isElement(part) ? linesOf(part) : []));
}
