// The list beside the text: which item here is linked to which, by label.

import type { EditorState } from "prosemirror-state";
import type { Directory } from "./directory";
import { byId, element, hidden } from "./elements";
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
    const rows: { from: string; to: string }[] = [];
    for (const item of placedItems(state.doc, this.section)) {
      const labels = linkedIds(item.node).map((id) => this.directory.get(id)?.label ?? "?");
      if (labels.length > 0) rows.push({ from: item.label, to: labels.join(", ") });
    }
    const now = rows.map((row) => `${row.from} ${row.to}`).join("\n");
    if (now === this.shown) return;
    this.shown = now;
    if (rows.length === 0) this.place.replaceChildren(element("p", { class: "govuk-body-s app-quiet" }, "No links from this section yet."));
    else this.place.replaceChildren(element("ul", { class: "govuk-list links", translate: "no" }, ...rows.map(line)));
  }

  end(): void {
    this.stop();
  }
}

function line(row: { from: string; to: string }): HTMLElement {
  const arrow = element("span", { "aria-hidden": "true" }, " → ");
  return element("li", {}, element("strong", {}, row.from), arrow, hidden(" is linked to "), row.to);
}
