// Keeps the line a person is on where it is on the screen while others write above it.

import type { Transaction } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import type { HeldCaret } from "./holdcaret";
import { ySyncPluginKey } from "y-prosemirror";

/** Is this a change that came from somebody else, rather than this person's typing or undo? */
export function isRemote(tr: Transaction): boolean {
  const meta = tr.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean; isUndoRedoOperation?: boolean } | undefined;
  return tr.docChanged && meta?.isChangeOrigin === true && meta.isUndoRedoOperation !== true;
}

function lineTop(view: EditorView): number | null {
  const { head } = view.state.selection;
  if (head > view.state.doc.content.size || view.state.doc.childCount === 0) return null;
  return view.coordsAtPos(head).top;
}

/** Applies a transaction; a remote one leaves the caret at the same height of the window. */
export class Anchor {
  private isHolding = false;
  /** Windows scroll by whole pixels; what is left over is made good next time, or lines would creep away. */
  private owed = 0;

  constructor(private readonly caret: HeldCaret) {}

  apply(view: EditorView, tr: Transaction): void {
    if (isRemote(tr)) this.caret.restore(view.state, tr);
    const holds = isRemote(tr) && view.hasFocus();
    const before = holds ? lineTop(view) : null;
    this.isHolding = holds;
    view.updateState(view.state.apply(tr));
    this.isHolding = false;
    if (before === null || before < 0 || before > window.innerHeight) return;
    const after = lineTop(view);
    if (after === null) return;
    this.owed += after - before;
    const shift = Math.round(this.owed);
    this.owed -= shift;
    if (shift !== 0) window.scrollBy({ top: shift, behavior: "instant" });
  }

  /** While a remote change is applied nothing else may scroll. */
  readonly handleScrollToSelection = (): boolean => this.isHolding;
}
