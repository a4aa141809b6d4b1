// The list beside the text: which item here is linked to which, and which items elsewhere link to it, by label.

import type { EditorState } from "prosemirror-state";
import type { Directory } from "./directory";
import { byId, element, hidden } from "./elements";
import type { Facts } from "./facts";
import { linkedIds } from "./items";
import { placedItems } from "./labels";
import { attribute } from "./schema";

interface Row {
  readonly from: string;
  readonly to: string;
  readonly isIncoming: boolean;
}

export class LinkedList {
  private readonly place = byId("linked-items");
  private state: EditorState | null = null;
  private shown = "";
  private readonly stop: () => void;

  constructor(
    private readonly facts: Facts,
    private readonly directory: Directory,
  ) {
    this.stop = directory.onChange(() => {
      if (this.state !== null) this.show(this.state);
    });
  }

  show(state: EditorState): void {
    this.state = state;
    if (this.place === null) return;
    const rows: Row[] = [];
    for (const item of placedItems(state.doc, this.facts.section)) {
      const out = linkedIds(item.node).map((id) => this.directory.label(id));
      if (out.length > 0) rows.push({ from: item.label, to: out.join(", "), isIncoming: false });
      const into = this.directory.linkingTo(attribute(item.node, "id")).map((other) => other.label);
      if (into.length > 0) rows.push({ from: item.label, to: into.join(", "), isIncoming: true });
    }
    const now = rows.length === 0 ? nothing(this.facts) : rows.map((row) => `${row.from}${row.isIncoming ? "<" : ">"}${row.to}`).join("\n");
    if (now === this.shown) return;
    this.shown = now;
    if (rows.length === 0) this.place.replaceChildren(element("p", { class: "govuk-body-s app-quiet" }, now));
    else this.place.replaceChildren(element("ul", { class: "govuk-list links", translate: "no" }, ...rows.map(line)));
  }

  end(): void {
    this.stop();
  }
}

/** What stands there while there are no links. */
function nothing({ item, linksTo }: Facts): string {
  if (item === null) return "Links are between needs, outcomes and provision. This section has none of them.";
  if (linksTo.length === 0) return "Nothing links here yet. Links are made in E, F, G and H.";
  return `No links yet. Link an ${item === "outcome" ? "outcome" : "entry"} to ${inList(linksTo)} with its “⋯” button.`;
}

function inList(labels: readonly string[]): string {
  return labels.length < 2 ? labels.join("") : `${labels.slice(0, -1).join(", ")} or ${labels.at(-1) ?? ""}`;
}

function line(row: Row): HTMLElement {
  const arrow = element("span", { "aria-hidden": "true" }, row.isIncoming ? " ← " : " → ");
  return element("li", {}, element("strong", {}, row.from), arrow, hidden(row.isIncoming ? " is linked from " : " is linked to "), row.to);
}
