// Other people's carets: a name and role in words, a colour and a pattern. The words show for two seconds after the
// caret moved. Carets are decoration: hidden from assistive technology (the list of people says the same), and the
// person can switch them off.

import { Plugin } from "prosemirror-state";
import type { DecorationAttrs, EditorView } from "prosemirror-view";
import { yCursorPlugin } from "y-prosemirror";
import type { Awareness } from "y-protocols/awareness";
import { placeWords } from "./caretwords";
import { element } from "./elements";
import { patternsIn } from "./patterns";
import { caretsAreOn, othersIn, personOf, personWords } from "./persons";

const SHOWN_MS = 2_000;
const OFF = "carets-off";

/** Is nobody else's caret in the block that stands at `at`? */
export function isFree(view: EditorView, at: number): boolean {
  const dom = view.nodeDOM(at);
  return !(dom instanceof Element) || dom.querySelector(".caret") === null;
}

export function carets(awareness: Awareness): Plugin[] {
  const movedAt = new Map<number, number>();
  const timers = new Map<number, ReturnType<typeof setTimeout>>();
  const places = new Map<number, string>();

  const quieten = (client: number, isQuiet: boolean) => {
    for (const caret of document.querySelectorAll(`.caret[data-client="${client}"]`)) caret.classList.toggle("is-quiet", isQuiet);
  };
  // The stock plugin draws a caret a moment after it was told of: words are placed whenever something was drawn.
  let frame: number | undefined;
  const place = () => {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      for (const caret of document.querySelectorAll<HTMLElement>(".caret:not(.is-quiet)")) placeWords(caret);
    });
  };
  const moved = (client: number) => {
    movedAt.set(client, performance.now());
    clearTimeout(timers.get(client));
    quieten(client, false);
    place();
    const timer = setTimeout(() => {
      quieten(client, true);
    }, SHOWN_MS);
    timers.set(client, timer);
  };
  const watch = () => {
    for (const [client, state] of awareness.getStates()) {
      const place = JSON.stringify(state["cursor"] ?? null);
      if (client === awareness.clientID || places.get(client) === place) continue;
      places.set(client, place);
      moved(client);
    }
  };
  const builder = (user: unknown, client: number): HTMLElement => {
    const person = personOf({ user }) ?? { name: "Somebody", role: "", colour: "#484f55", colourWord: "" };
    const role = element("span", { class: "caret-role" }, personWords(person).slice(person.name.length));
    const words = element("span", { class: "caret-words" }, person.name, role);
    const pattern = patternsIn(awareness).of(person, othersIn(awareness));
    const caret = element("span", { class: `caret ${pattern}`, "aria-hidden": "true", "data-client": String(client) });
    caret.style.setProperty("--person", person.colour);
    caret.append("\u2060", words, "\u2060");
    const age = performance.now() - (movedAt.get(client) ?? Number.NEGATIVE_INFINITY);
    if (age > SHOWN_MS) caret.classList.add("is-quiet");
    else place();
    return caret;
  };
  const selection = (user: unknown): DecorationAttrs => {
    const person = personOf({ user });
    // ProseMirror sets this through the style property, which the content security policy allows.
    return { class: "caret-selection", style: `--person: ${person?.colour ?? "#484f55"}` };
  };

  const listener = new Plugin({
    view: () => {
      document.documentElement.classList.toggle(OFF, !caretsAreOn());
      awareness.on("change", watch);
      return {
        update: place,
        destroy: () => {
          awareness.off("change", watch);
          if (frame !== undefined) cancelAnimationFrame(frame);
          for (const timer of timers.values()) clearTimeout(timer);
        },
      };
    },
  });
  const cursors = yCursorPlugin(awareness, { cursorBuilder: builder, selectionBuilder: selection }) as Plugin;
  return [listener, cursors];
}
