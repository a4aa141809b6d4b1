// Needs, outcomes and provisions in the composed text: a label and a button for what can be proposed about the whole.

import type { Node } from "prosemirror-model";
import type { NodeView, NodeViewConstructor } from "prosemirror-view";
import { button, element, hidden } from "../../elements";
import { word } from "./schema";

class ItemView implements NodeView {
  readonly dom: HTMLElement;
  readonly contentDOM = element("div", { class: "item-body" });
  private readonly label = element("span", { class: "item-label" });
  private readonly said = hidden("");

  constructor(
    private node: Node,
    open: (id: string) => void,
    isEditable: boolean,
  ) {
    const menu = button("", "item-menu", () => {
      open(word(this.node, "id"));
    });
    menu.append(element("span", { "aria-hidden": "true" }, "⋯"), this.said);
    menu.setAttribute("aria-haspopup", "dialog");
    const head = element("div", { class: "item-head", contenteditable: "false" }, this.label, ...(isEditable ? [menu] : []));
    this.dom = element("section", { class: "item" }, head, this.contentDOM);
    this.show();
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type || word(node, "id") !== word(this.node, "id")) return false;
    this.node = node;
    this.show();
    return true;
  }

  private show(): void {
    const looks = word(this.node, "look").split(" ").filter((name) => name !== "");
    this.dom.className = ["item", ...looks].join(" ");
    this.dom.dataset["block"] = word(this.node, "id");
    const label = word(this.node, "label");
    if (this.label.textContent !== label) this.label.textContent = label;
    const words = `Strike or add beside ${label} ${this.node.firstChild?.textContent ?? ""}`.trim();
    if (this.said.textContent !== words) this.said.textContent = words;
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof Element && event.target.closest(".item-head") !== null;
  }

  ignoreMutation(mutation: { type: string; target: globalThis.Node }): boolean {
    return mutation.type !== "selection" && !this.contentDOM.contains(mutation.target);
  }
}

export function itemViews(open: (id: string) => void): Record<string, NodeViewConstructor> {
  const made: NodeViewConstructor = (node, view) => new ItemView(node, open, view.editable);
  return { need: made, outcome: made, provision: made };
}
