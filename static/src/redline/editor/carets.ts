// Other people's carets in the composed text, of colleagues and, while both sides write live, of the other side: told as
// anchors, so that each page finds the place in what it shows. The same looks and the same switch as in the plan editor.

import { Plugin, PluginKey, type EditorState } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import type { Awareness } from "y-protocols/awareness";
import { caretsAreOn, othersIn, personOf, personWords } from "../../persons";
import { placeWords } from "../../caretwords";
import { element } from "../../elements";
import { patternsIn } from "../../patterns";
import { offsetOf, type Anchor } from "../anchors";
import type { Board } from "../board";
import { positionOf } from "./places";

const SHOWN_MS = 2_000;
const key = new PluginKey<DecorationSet>("carets");
const LONGEST = 200;

/** What a page tells of its caret: no words, only where they are. */
export function told(caret: { readonly anchor: Anchor; readonly head: Anchor } | null): unknown {
  if (caret === null) return null;
  const plain = ({ block, base, key, index }: Anchor) => ({ block, base, ...(key === undefined ? {} : { key, index }) });
  return { anchor: plain(caret.anchor), head: plain(caret.head) };
}

/** An anchor out of another page's claim, or null. */
export function anchorFrom(value: unknown): Anchor | null {
  if (typeof value !== "object" || value === null) return null;
  const { block, base, key, index } = value as Record<string, unknown>;
  if (typeof block !== "string" || block.length > LONGEST || typeof base !== "number" || !Number.isFinite(base)) return null;
  if (typeof key !== "string" || typeof index !== "number" || !Number.isFinite(index)) return { block, base };
  return { block, base, key, index: Math.max(0, Math.trunc(index)) };
}

export function redlineCarets(board: Board, rooms: readonly Awareness[]): Plugin<DecorationSet> {
  const moved = new Map<string, { readonly at: string; readonly since: number }>();
  const build = (state: EditorState): DecorationSet => {
    const found: Decoration[] = [];
    for (const room of rooms) {
      for (const [client, presence] of room.getStates()) {
        if (client === room.clientID) continue;
        const person = personOf(presence);
        const caret = (presence["redline"] ?? null) as { head?: unknown } | null;
        const head = anchorFrom(caret?.head);
        if (person === null || head === null) continue;
        const at = positionOf(state.doc, { block: head.block, offset: offsetOf(head, board.runs(head.block)) });
        if (at === null) continue;
        const name = `${room.doc.guid}:${client}`;
        const place = JSON.stringify(head);
        if (moved.get(name)?.at !== place) moved.set(name, { at: place, since: performance.now() });
        const isQuiet = performance.now() - (moved.get(name)?.since ?? 0) > SHOWN_MS;
        const draw = () => {
          const role = element("span", { class: "caret-role" }, personWords(person).slice(person.name.length));
          const words = element("span", { class: "caret-words" }, person.name, role);
          const pattern = patternsIn(room).of(person, othersIn(room));
          const made = element("span", { class: `caret ${pattern}${isQuiet ? " is-quiet" : ""}`, "aria-hidden": "true" }, "\u2060", words, "\u2060");
          made.style.setProperty("--person", person.colour);
          requestAnimationFrame(() => { if (made.isConnected) placeWords(made); });
          return made;
        };
        found.push(Decoration.widget(at, draw, { key: `${name}:${place}:${isQuiet}`, side: 10, ignoreSelection: true, marks: [] }));
      }
    }
    return DecorationSet.create(state.doc, found);
  };
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: (_config, state) => build(state),
      apply: (tr, set, _old, state) => (tr.docChanged || tr.getMeta(key) === true ? build(state) : set),
    },
    props: { decorations: (state) => key.getState(state) },
    view: (view) => {
      document.documentElement.classList.toggle("carets-off", !caretsAreOn());
      let timer: ReturnType<typeof setTimeout> | undefined;
      const show = () => {
        if (view.isDestroyed) return;
        view.dispatch(view.state.tr.setMeta(key, true).setMeta("addToHistory", false));
        clearTimeout(timer);
        timer = setTimeout(() => { if (!view.isDestroyed) view.dispatch(view.state.tr.setMeta(key, true)); }, SHOWN_MS + 50);
      };
      for (const room of rooms) room.on("change", show);
      return {
        destroy: () => {
          clearTimeout(timer);
          for (const room of rooms) room.off("change", show);
        },
      };
    },
  });
}
