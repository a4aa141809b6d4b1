// How items and links between them look while writing: a heading line with the label and a button for what can be
// done with the item; a link as a sentence with a button to take it away. The text itself stays ProseMirror's.

import type { Node } from "prosemirror-model";
import type { Decoration, EditorView, NodeView, NodeViewConstructor } from "prosemirror-view";
import type { Directory } from "./directory";
import { button, element, hidden } from "./elements";
import type { LabelSpec } from "./labels";
import { titleOf } from "./labels";
import { attribute } from "./schema";

/** Opens what can be done with the item of this id. */
export type OpenItem = (id: string) => void;

class ItemView implements NodeView {
  readonly dom: HTMLElement;
  readonly contentDOM: HTMLElement;
  private readonly label = element("span", { class: "item-label" });
  private readonly menuWords = hidden("");

  constructor(
    private node: Node,
    decorations: readonly Decoration[],
    open: OpenItem,
  ) {
    this.contentDOM = element("div", { class: "item-body" });
    const menu = button("", "item-menu", () => {
      open(attribute(this.node, "id"));
    });
    menu.append(element("span", { "aria-hidden": "true" }, "⋯"), this.menuWords);
    menu.setAttribute("aria-haspopup", "dialog");
    const head = element("div", { class: "item-head", contenteditable: "false" }, this.label, menu);
    this.dom = element("section", { class: "item", "data-item": node.type.name }, head, this.contentDOM);
    this.show(decorations);
  }

  update(node: Node, decorations: readonly Decoration[]): boolean {
    if (node.type !== this.node.type || attribute(node, "id") !== attribute(this.node, "id")) return false;
    this.node = node;
    this.show(decorations);
    return true;
  }

  private show(decorations: readonly Decoration[]): void {
    const specs = decorations.map((decoration) => decoration.spec as Partial<LabelSpec>);
    const label = specs.find((spec) => spec.label !== undefined)?.label ?? "";
    const words = `Move, link or delete ${label} ${titleOf(this.node)}`.trim();
    if (this.label.textContent !== label) this.label.textContent = label;
    if (this.menuWords.textContent !== words) this.menuWords.textContent = words;
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof Element && event.target.closest(".item-head") !== null;
  }

  ignoreMutation(mutation: { type: string; target: globalThis.Node }): boolean {
    return mutation.type !== "selection" && !this.contentDOM.contains(mutation.target);
  }
}

class RefView implements NodeView {
  readonly dom: HTMLElement;
  private readonly words = element("span", { class: "ref-words" });
  private readonly removeWords = hidden("");
  private readonly stop: () => void;

  constructor(
    private node: Node,
    view: EditorView,
    getPos: () => number | undefined,
    private readonly directory: Directory,
  ) {
    const remove = button("", "ref-remove", () => {
      const at = getPos();
      if (at !== undefined && view.editable) view.dispatch(view.state.tr.delete(at, at + this.node.nodeSize));
      view.focus();
    });
    remove.append(element("span", { "aria-hidden": "true" }, "×"), this.removeWords);
    this.dom = element("div", { class: "ref", contenteditable: "false" }, this.words, remove);
    this.stop = directory.onChange(() => {
      this.show();
    });
    this.show();
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type) return false;
    this.node = node;
    this.show();
    return true;
  }

  private show(): void {
    const words = this.directory.linkWords(attribute(this.node, "to"));
    if (this.words.textContent === words) return;
    this.words.textContent = words;
    this.removeWords.textContent = `Take this link away: ${words}`;
  }

  stopEvent(): boolean {
    return true;
  }

  ignoreMutation(): boolean {
    return true;
  }

  destroy(): void {
    this.stop();
  }
}

export function nodeViews(open: OpenItem, directory: Directory): Record<string, NodeViewConstructor> {
  const item: NodeViewConstructor = (node, _view, _getPos, decorations) => new ItemView(node, decorations, open);
  return {
    need: item,
    outcome: item,
    provision: item,
    ref: (node, view, getPos) => new RefView(node, view, getPos, directory),
  };
}
