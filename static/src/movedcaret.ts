// Browsers tell of a moved caret a moment after they moved it. A key pressed in that moment, on a busy machine every
// quick one, must act where the person has put the caret, not where it was.

import type { EditorView } from "prosemirror-view";

/** Reads the selection as the browser has it now. A composition is left alone: its letters are read when it is over. */
export function readCaret(view: EditorView, event: KeyboardEvent | InputEvent): false {
  const { domObserver } = view as unknown as { domObserver: { flush(): void } };
  if (!view.composing && !event.isComposing) domObserver.flush();
  return false;
}
