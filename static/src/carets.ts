// Other people's carets: a name and role in words, a colour and a pattern. The words show for two seconds after the
// caret moved. Carets are decoration: hidden from assistive technology (the list of people says the same), and the
// person can switch them off.

import { Plugin } from "prosemirror-state";
import type { DecorationAttrs } from "prosemirror-view";
import { yCursorPlugin } from "y-prosemirror";
import type { Awareness } from "y-protocols/awareness";
import { element } from "./elements";

const SHOWN_MS = 2_000;
const SWITCH = "alongside-carets";
const PATTERNS = 4;
const OFF = "carets-off";

export interface Person {
  readonly name: string;
  readonly role: string;
  readonly colour: string;
  readonly colourWord: string;
}

/** What presence says of somebody; the server stamped it, so nothing of it is the other page's claim. */
export function personOf(state: unknown): Person | null {
  if (typeof state !== "object" || state === null) return null;
  const user: unknown = (state as { user?: unknown }).user;
  if (typeof user !== "object" || user === null) return null;
  const { name, role, colour, colourWord } = user as Record<string, unknown>;
  if (typeof name !== "string") return null;
  return {
    name,
    role: typeof role === "string" ? role.replaceAll("_", " ") : "",
    colour: typeof colour === "string" && /^#[0-9a-fA-F]{6}$/.test(colour) ? colour : "#484f55",
    colourWord: typeof colourWord === "string" ? colourWord : "",
  };
}

export function personWords(person: Person): string {
  return person.role === "" ? person.name : `${person.name}, ${person.role.toLowerCase()}`;
}

/** One of a few patterns, always the same for the same colour, so that colour is never alone. */
export function patternOf(person: Person): string {
  let sum = 0;
  for (const character of person.colour + person.colourWord) sum += character.codePointAt(0) ?? 0;
  return `pattern-${sum % PATTERNS}`;
}

export function caretsAreOn(): boolean {
  return localStorage.getItem(SWITCH) !== "off";
}

export function switchCarets(isOn: boolean): void {
  localStorage.setItem(SWITCH, isOn ? "on" : "off");
  document.documentElement.classList.toggle(OFF, !isOn);
}

/** Words that would stick out on the right go to the left of their caret. */
function turnInwards(client: number): void {
  for (const caret of document.querySelectorAll<HTMLElement>(`.caret[data-client="${client}"]`)) {
    const width = caret.querySelector<HTMLElement>(".caret-words")?.offsetWidth ?? 0;
    const edge = caret.closest(".ProseMirror")?.getBoundingClientRect().right ?? window.innerWidth;
    caret.classList.toggle("is-near-edge", caret.getBoundingClientRect().left + width > edge);
  }
}

export function carets(awareness: Awareness): Plugin[] {
  const movedAt = new Map<number, number>();
  const timers = new Map<number, ReturnType<typeof setTimeout>>();
  const places = new Map<number, string>();

  const quieten = (client: number, isQuiet: boolean) => {
    for (const caret of document.querySelectorAll(`.caret[data-client="${client}"]`)) caret.classList.toggle("is-quiet", isQuiet);
  };
  const moved = (client: number) => {
    movedAt.set(client, performance.now());
    clearTimeout(timers.get(client));
    quieten(client, false);
    requestAnimationFrame(() => {
      turnInwards(client);
    });
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
    const words = element("span", { class: "caret-words" }, personWords(person));
    const caret = element("span", { class: `caret ${patternOf(person)}`, "aria-hidden": "true", "data-client": String(client) });
    caret.style.setProperty("--person", person.colour);
    caret.append("\u2060", words, "\u2060");
    const age = performance.now() - (movedAt.get(client) ?? Number.NEGATIVE_INFINITY);
    if (age > SHOWN_MS) caret.classList.add("is-quiet");
    else
      requestAnimationFrame(() => {
        turnInwards(client);
      });
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
        destroy: () => {
          awareness.off("change", watch);
          for (const timer of timers.values()) clearTimeout(timer);
        },
      };
    },
  });
  const cursors = yCursorPlugin(awareness, { cursorBuilder: builder, selectionBuilder: selection }) as Plugin;
  return [listener, cursors];
}
