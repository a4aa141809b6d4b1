// The keys of the composed text. Everything that would change it is ours; bold, italic and underline mean something in
// a working document, so nobody can type them. Keys for moving between proposals can be switched off (WCAG 2.1.4).

import { keydownHandler } from "prosemirror-keymap";
import { Plugin } from "prosemirror-state";
import type { Redliner } from "./redliner";

export interface Moves {
  /** To the next proposal, or the one before; false where the person switched these keys off. */
  readonly next: (step: 1 | -1) => boolean;
  readonly describe: () => void;
  /** Strikes the block the caret is in, as a whole. */
  readonly strikeBlock: () => void;
  readonly leave: (backwards: boolean) => void;
}

export function keys(text: () => Redliner, moves: Moves): Plugin {
  let isLeaving = false;
  const run = (act: () => void) => () => {
    act();
    return true;
  };
  const nothing = () => true;
  const bound = keydownHandler({
    Enter: run(() => { text().enter(); }),
    "Shift-Enter": run(() => { text().replace("\n"); }),
    Backspace: run(() => { text().backspace(); }),
    "Shift-Backspace": run(() => { text().backspace(); }),
    "Mod-Backspace": run(() => { text().backspace("word"); }),
    "Alt-Backspace": run(() => { text().backspace("word"); }),
    Delete: run(() => { text().delete(); }),
    "Mod-Delete": run(() => { text().delete("word"); }),
    "Alt-Delete": run(() => { text().delete("word"); }),
    "Mod-Shift-Delete": run(() => { moves.strikeBlock(); }),
    "Mod-z": run(() => { text().undo(); }),
    "Mod-y": run(() => { text().redo(); }),
    "Mod-Shift-z": run(() => { text().redo(); }),
    "Mod-b": nothing,
    "Mod-i": nothing,
    "Mod-u": nothing,
    "Alt-]": () => moves.next(1),
    "Alt-[": () => moves.next(-1),
    "Alt-/": run(() => { moves.describe(); }),
  });
  return new Plugin({
    props: {
      handleKeyDown(view, event) {
        if (event.key === "Escape") {
          isLeaving = true;
          return true;
        }
        if (event.key === "Tab" && isLeaving) {
          isLeaving = false;
          event.preventDefault();
          moves.leave(event.shiftKey);
          return true;
        }
        if (event.key === "Tab") return false;
        if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) isLeaving = false;
        return view.editable ? bound(view, event) : false;
      },
      handleDOMEvents: {
        blur: () => {
          isLeaving = false;
          return false;
        },
      },
    },
  });
}
