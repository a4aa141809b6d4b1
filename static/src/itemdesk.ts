// What can be done with items, as buttons and dialogs: the bar below the text, the box behind each item's button, and
// the tool for the item at the caret. The changes themselves are in items.ts.

import type { EditorView } from "prosemirror-view";
import { isFree } from "./carets";
import { choose, confirmBox, sayBusy, tick, type Choice } from "./dialogs";
import type { Directory } from "./directory";
import { button, element } from "./elements";
import type { Facts } from "./facts";
import { addItem, addLine, deleteItem, itemAtCaret, KIND_WORDS, linkedIds, linkItem, planMove, putIn, takeOut } from "./items";
import { itemById, placedItems, type PlacedItem } from "./labels";
import { attribute } from "./schema";
import type { Tool } from "./toolbar";
import { asOneStep } from "./undostep";

const FIRST = { need: "a need", outcome: "an outcome", provision: "a provision" } as const;

export class ItemDesk {
  private bar: HTMLElement | null = null;
  private readonly spoken = element("p", { class: "govuk-visually-hidden", role: "status" });

  constructor(
    private readonly facts: Facts,
    private readonly directory: Directory,
    private readonly view: () => EditorView,
  ) {}

  /** The tool that opens the item at the caret, where there are items. */
  get tool(): Tool | null {
    const { item, section } = this.facts;
    if (item === null) return null;
    return {
      id: "item",
      words: `This ${KIND_WORDS[item]}`,
      sign: "⋯",
      run: (view) => {
        const here = itemAtCaret(view.state, section);
        if (here !== null) this.open(attribute(here.node, "id"));
      },
      isPossible: (state) => itemAtCaret(state, section) !== null,
    };
  }

  /** The buttons below the text. */
  showAddBar(place: HTMLElement): void {
    const { item } = this.facts;
    const bar = element("div", { class: "add-bar" });
    if (item !== null) {
      const add = button(`Add ${FIRST[item]}`, "govuk-button govuk-button--secondary", () => {
        const view = this.view();
        asOneStep(view, () => {
          view.dispatch(addItem(view.state, item, view.dom.querySelector(".caret") === null));
        });
        view.focus();
      });
      bar.append(add);
    }
    const line = button("Add a line of text below", "govuk-button govuk-button--secondary", () => {
      const view = this.view();
      view.dispatch(addLine(view.state));
      view.focus();
    });
    bar.append(line, this.spoken);
    place.after(bar);
    this.bar = bar;
  }

  focusAddBar(): void {
    this.bar?.querySelector("button")?.focus();
  }

  /** What can be done with one item. */
  readonly open = (id: string): void => {
    const { section, linksTo } = this.facts;
    const item = itemById(this.view().state, section, id);
    if (item === null) return;
    const all = placedItems(this.view().state.doc, section);
    const place = all.findIndex((one) => one.at === item.at);
    const choices: Choice[] = [];
    if (linksTo.length > 0) choices.push({ words: "Link it to needs and outcomes", chosen: () => { this.link(id); } });
    choices.push(
      { words: "Move it up", isDisabled: place === 0, chosen: () => { this.move(id, -1); } },
      { words: "Move it down", isDisabled: place === all.length - 1, chosen: () => { this.move(id, 1); } },
      { words: `Delete ${item.label}`, isWarning: true, chosen: () => { this.remove(id); } },
    );
    choose(named(item), choices);
  };

  end(): void {
    this.bar?.remove();
    this.bar = null;
  }

  private find(id: string): PlacedItem | null {
    return itemById(this.view().state, this.facts.section, id);
  }

  private move(id: string, direction: -1 | 1): void {
    const view = this.view();
    const move = planMove(view.state.doc, this.facts.section, id, direction, (item) => isFree(view, item.at));
    if (move === "busy") {
      this.spoken.textContent = "";
      sayBusy(() => { this.move(id, direction); });
      return;
    }
    if (move === null) return;
    asOneStep(view, () => {
      view.dispatch(takeOut(view.state, move));
      view.dispatch(putIn(view.state, move));
    });
    const now = this.find(id);
    if (now === null) return;
    this.spoken.textContent = `It is now ${now.label}.`;
    const dom = view.nodeDOM(now.at);
    if (dom instanceof HTMLElement) {
      dom.scrollIntoView({ block: "nearest" });
      dom.querySelector<HTMLElement>(".item-menu")?.focus({ preventScroll: true });
    }
  }

  private remove(id: string): void {
    const item = this.find(id);
    if (item === null || this.isTaken(item)) return;
    confirmBox(`Delete ${named(item)}?`, "Its title, its text and its links go. You can undo this.", `Delete ${item.label}`, () => {
      const still = this.find(id);
      if (still === null || this.isTaken(still)) return;
      const view = this.view();
      asOneStep(view, () => {
        view.dispatch(deleteItem(view.state, still));
      });
      view.focus();
    });
  }

  /** Is somebody else writing in the item? Then it says so, and it stays. */
  private isTaken(item: PlacedItem): boolean {
    if (isFree(this.view(), item.at)) return false;
    sayBusy(() => { this.remove(attribute(item.node, "id")); });
    return true;
  }

  private link(id: string): void {
    const item = this.find(id);
    if (item === null) return;
    const linked = linkedIds(item.node);
    const offered = this.directory.of(this.facts.linksTo).filter((one) => one.id !== id);
    const unseen = linked.filter((to) => !offered.some((one) => one.id === to));
    if (offered.length === 0) {
      choose("There is nothing to link to yet", [
        { words: `First write items in section ${this.facts.linksTo.join(" or ")}, then look again`, chosen: () => void this.directory.refresh() },
      ]);
      return;
    }
    const options = offered.map((one) => ({
      value: one.id,
      words: `${one.label}: ${one.title === "" ? "no title yet" : one.title}`,
      isChecked: linked.includes(one.id),
    }));
    tick(`Link ${named(item)}`, "Choose what it is for.", options, "Save these links", (chosen) => {
      const still = this.find(id);
      if (still === null) return;
      const view = this.view();
      const stay = linked.filter((to) => chosen.includes(to));
      const fresh = chosen.filter((to) => !linked.includes(to));
      asOneStep(view, () => {
        view.dispatch(linkItem(view.state, still, [...stay, ...fresh, ...unseen]));
      });
      view.focus();
    });
  }
}

function named(item: PlacedItem): string {
  return item.title === "" ? item.label : `${item.label} ${item.title}`;
}
