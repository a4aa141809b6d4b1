// The list beside the text: which item here is linked to what, in words.

import type { EditorState } from "prosemirror-state";
import type { Directory } from "./directory";
import { byId, element } from "./elements";
import { linkedIds } from "./items";
import { placedItems } from "./labels";

export class LinkedList {
  private readonly place = byId("linked-items");
  private state: EditorState | null = null;
  private shown = "";
  private readonly stop: () => void;

  constructor(
    private readonly section: string,
    private readonly directory: Directory,
  ) {
    this.stop = directory.onChange(() => {
      if (this.state !== null) this.show(this.state);
    });
  }

  show(state: EditorState): void {
    this.state = state;
    if (this.place === null) return;
    const rows: string[] = [];
    for (const item of placedItems(state.doc, this.section)) {
      const words = linkedIds(item.node).map((id) => {
        const known = this.directory.get(id);
        return known === null ? "an item that is not known" : `${known.label} ${known.title}`.trim();
      });
      if (words.length > 0) rows.push(`${item.label} is linked to ${words.join("; ")}`);
    }
    const now = rows.join("\n");
    if (now === this.shown) return;
    this.shown = now;
    if (rows.length === 0) this.place.replaceChildren(element("p", { class: "govuk-body-s app-quiet" }, "No links from this section yet."));
    else this.place.replaceChildren(element("ul", { class: "govuk-list", translate: "no" }, ...rows.map((row) => element("li", {}, row))));
  }

  end(): void {
    this.stop();
  }
}
