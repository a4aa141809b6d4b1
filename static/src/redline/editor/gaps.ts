// Gaps in the text, in which cards stand on a narrow window. They are part of the page's looks, never of the text.

import type { Node } from "prosemirror-model";
import { Plugin, PluginKey } from "prosemirror-state";
import { Decoration, DecorationSet, type EditorView } from "prosemirror-view";
import { element } from "../../elements";
import { ITEM_TYPES } from "../baseline";

const key = new PluginKey<DecorationSet>("gaps");

export function gaps(): Plugin<DecorationSet> {
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: () => DecorationSet.empty,
      apply: (tr, set) => {
        const wanted = tr.getMeta(key) as ReadonlyMap<number, number> | undefined;
        return wanted === undefined ? set.map(tr.mapping, tr.doc) : made(tr.doc, wanted);
      },
    },
    props: { decorations: (state) => key.getState(state) },
  });
}

/** Makes the gaps as high as this, by position. */
export function setGaps(view: EditorView, wanted: ReadonlyMap<number, number>): void {
  view.dispatch(view.state.tr.setMeta(key, wanted).setMeta("addToHistory", false));
}

/** Where the gap for what stands at a position goes: after its paragraph, list or table, inside its item. */
export function gapAfter(doc: Node, position: number): number {
  const $at = doc.resolve(Math.max(0, Math.min(position + 1, doc.content.size)));
  for (let depth = 1; depth <= $at.depth; depth += 1) {
    if (!ITEM_TYPES.has($at.node(depth).type.name) || depth === $at.depth) return $at.after(depth);
  }
  return doc.content.size;
}

function made(doc: Node, wanted: ReadonlyMap<number, number>): DecorationSet {
  const found = [...wanted].map(([at, height]) => {
    const draw = () => {
      const gap = element("div", { class: "rl-gap", contenteditable: "false", "aria-hidden": "true", "data-gap": String(at) });
      gap.style.height = `${height}px`;
      return gap;
    };
    return Decoration.widget(at, draw, { key: `gap:${at}:${height}`, side: -1, ignoreSelection: true });
  });
  return DecorationSet.create(doc, found);
}
