// Makes a deliberate act one step of undo by itself: changes close together in time are otherwise taken back together.

import type { EditorView } from "prosemirror-view";
import { yUndoPluginKey } from "y-prosemirror";

/** Runs `act` as one step of undo, whatever was written just before or is written just after. */
export function asOneStep(view: EditorView, act: () => void): void {
  const held = yUndoPluginKey.getState(view.state) as { undoManager: { stopCapturing(): void } } | undefined;
  held?.undoManager.stopCapturing();
  act();
  held?.undoManager.stopCapturing();
}
