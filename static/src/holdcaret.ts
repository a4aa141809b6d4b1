// Keeps a caret next to the character it was put after. Yjs remembers a caret by what stands to its right, so that when
// two people write at the same point each one's caret is pushed behind the other's letters and their words interleave.
// Remembered by what stands to its left, each goes on behind their own last letter.

import { Plugin, TextSelection, type EditorState, type Transaction } from "prosemirror-state";
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from "y-prosemirror";
import type * as Y from "yjs";

/** Marks a remote change whose caret has been put where the same words stand now. */
export const REGAINED = "regained";

interface Binding {
  readonly doc: Y.Doc;
  readonly type: Y.XmlFragment;
  readonly mapping: Parameters<typeof relativePositionToAbsolutePosition>[3];
}

export function bindingOf(state: EditorState): Binding | null {
  const held = ySyncPluginKey.getState(state) as { binding: Binding | null } | undefined;
  return held?.binding ?? null;
}

export class HeldCaret {
  private left: Y.RelativePosition | null = null;

  /** Remembers the caret before each change of the shared document. */
  readonly plugin = new Plugin({
    view: (view) => {
      const doc = bindingOf(view.state)?.doc;
      const remember = () => {
        this.left = leftOfCaret(view.state);
      };
      doc?.on("beforeAllTransactions", remember);
      return { destroy: () => doc?.off("beforeAllTransactions", remember) };
    },
  });

  /** Puts the caret of a remote change back behind the character it stood after, if that is still there. */
  restore(state: EditorState, tr: Transaction): void {
    const binding = bindingOf(state);
    if (tr.getMeta(REGAINED) === true || this.left === null || binding === null || !(tr.selection instanceof TextSelection)) return;
    const before: number | null = relativePositionToAbsolutePosition(binding.doc, binding.type, this.left, binding.mapping);
    if (before === null || before + 1 > tr.doc.content.size) return;
    const $at = tr.doc.resolve(before + 1);
    if (!$at.parent.isTextblock || $at.parentOffset === 0 || $at.pos > tr.selection.head) return;
    tr.setSelection(TextSelection.create(tr.doc, $at.pos));
  }
}

function leftOfCaret(state: EditorState): Y.RelativePosition | null {
  const { selection } = state;
  const binding = bindingOf(state);
  if (binding === null || !(selection instanceof TextSelection) || !selection.empty) return null;
  const { $head } = selection;
  if ($head.parentOffset === 0 || $head.nodeBefore?.isText !== true) return null;
  return absolutePositionToRelativePosition($head.pos - 1, binding.type, binding.mapping) as Y.RelativePosition | null;
}
