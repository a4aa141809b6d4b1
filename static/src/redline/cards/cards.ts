// The cards of all proposals, in the order of the text: beside their words where there is room, after their paragraph on
// a phone, or as a list by themselves. A card is drawn again only when what it says has changed.

import { element } from "../../elements";
import type { Board } from "../board";
import type { Working } from "../facts";
import { gapAfter, setGaps } from "../editor/gaps";
import { placesOf } from "../editor/places";
import type { Redliner } from "../editor/redliner";
import { isLive, type ProposalRecord } from "../records";
import { cardOf, type CardFacts, type Deed } from "./card";
import { stacked } from "./layout";

interface Kept {
  readonly holder: HTMLElement;
  card: HTMLElement;
  said: string;
}

const MOST_OPEN = 3;
const NARROW = "(max-width: 62rem)";

export class Cards {
  private readonly kept = new Map<string, Kept>();
  private readonly list = element("ol", { class: "app-rl-cards" });
  private readonly narrow = window.matchMedia(NARROW);
  private readonly watching: ResizeObserver;
  private order: string[] = [];
  private current: string | null = null;
  private asList = false;
  private frame = 0;
  private gapsNow = "";

  constructor(
    private readonly columns: HTMLElement,
    private readonly side: HTMLElement,
    private readonly text: Redliner,
    private readonly board: Board,
    private working: Working,
    private readonly does: (deed: Deed, key: string, from: HTMLElement) => void,
  ) {
    side.append(this.list);
    this.watching = new ResizeObserver(() => { this.place(); });
    this.watching.observe(columns);
    this.watching.observe(this.list);
    this.narrow.addEventListener("change", this.redraw);
    this.show();
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    this.watching.disconnect();
    this.narrow.removeEventListener("change", this.redraw);
    this.list.remove();
  }

  /** News from the register. */
  heard(working: Working): void {
    this.working = working;
    this.show();
  }

  /** Only the list, without the text beside it. */
  listOnly(isList: boolean): void {
    this.asList = isList;
    this.list.classList.toggle("is-list", isList);
    this.redraw();
  }

  /** Draws what has changed and puts every card in its place. */
  show(): void {
    const places = placesOf(this.text.view.state.doc);
    const known = this.board.known();
    const live = [...known.values()].filter((record) => isLive(record) || places.has(record.key));
    const rank = (record: ProposalRecord) => places.get(record.key) ?? Number.MAX_SAFE_INTEGER;
    live.sort((one, other) => rank(one) - rank(other) || (one.key < other.key ? -1 : 1));
    this.order = live.map((record) => record.key);
    for (const record of live) this.draw({ board: this.board, working: this.working, record, proposal: this.working.proposals[record.key] ?? null });
    for (const [key, { holder }] of this.kept) {
      if (this.order.includes(key)) continue;
      holder.remove();
      this.kept.delete(key);
    }
    this.order.forEach((key, place) => {
      const holder = this.kept.get(key)?.holder;
      if (holder !== undefined && this.list.children[place] !== holder) this.list.insertBefore(holder, this.list.children[place] ?? null);
    });
    this.place();
  }

  /** The caret is in these proposals' words. */
  atCaret(keys: readonly string[]): void {
    const next = this.order.find((key) => keys.includes(key)) ?? null;
    if (next !== null) this.make(next);
  }

  /** The proposal after or before the one in use, in the order of the text. */
  neighbour(step: 1 | -1): string | null {
    const at = this.current === null ? (step === 1 ? -1 : 0) : this.order.indexOf(this.current);
    return this.order[(at + step + this.order.length) % Math.max(1, this.order.length)] ?? null;
  }

  /** Makes a card the one in use. */
  make(key: string): void {
    if (this.current === key) return;
    const before = this.current;
    this.current = key;
    for (const one of [before, key]) if (one !== null) this.redrawOne(one);
    this.place();
  }

  focus(key: string): void {
    this.make(key);
    this.kept.get(key)?.card.focus();
  }

  private readonly redraw = (): void => {
    for (const key of this.order) this.redrawOne(key);
    this.place();
  };

  private redrawOne(key: string): void {
    const record = this.board.known().get(key);
    if (record !== undefined && this.kept.has(key)) this.draw({ board: this.board, working: this.working, record, proposal: this.working.proposals[key] ?? null });
  }

  /** Where there is little room only the card in use is open, so that the others stay near their words. */
  private isOpen(key: string): boolean {
    return this.asList || key === this.current || (!this.narrow.matches && this.order.length <= MOST_OPEN);
  }

  private draw(facts: CardFacts): void {
    const { key } = facts.record;
    const isOpen = this.isOpen(key);
    const other = facts.record.counters === "" ? null : this.board.known().get(facts.record.counters);
    const said = JSON.stringify([facts.record, facts.proposal, this.board.status(key), isOpen, other ?? null, this.working.me]);
    const before = this.kept.get(key);
    const card = before?.said === said ? before.card : this.fresh(facts, isOpen);
    card.classList.toggle("app-rl-card--current", key === this.current);
    if (before === undefined) {
      const holder = element("li", { "data-key": key }, card);
      this.watching.observe(holder);
      this.kept.set(key, { holder, card, said });
      return;
    }
    if (before.card === card) return;
    const hadFocus = before.card.contains(document.activeElement);
    const deed = document.activeElement instanceof HTMLElement ? (document.activeElement.dataset["deed"] ?? "") : "";
    before.holder.replaceChildren(card);
    before.card = card;
    before.said = said;
    if (hadFocus) (card.querySelector<HTMLElement>(`[data-deed="${deed}"]`) ?? card).focus({ preventScroll: true });
  }

  private fresh(facts: CardFacts, isOpen: boolean): HTMLElement {
    const { key } = facts.record;
    const card = cardOf(facts, isOpen, (deed, from) => { this.does(deed, key, from); });
    card.addEventListener("focusin", () => { this.make(key); });
    card.addEventListener("keydown", (event) => {
      if (event.target !== card || event.ctrlKey || event.metaKey || event.altKey) return;
      const deeds: Readonly<Record<string, Deed>> = { a: "agree", d: "disagree" };
      const deed = deeds[event.key.toLowerCase()];
      if (deed === undefined || card.querySelector(`[data-deed="${deed}"]`) === null) return;
      event.preventDefault();
      this.does(deed, key, card);
    });
    return card;
  }

  /** Puts the cards where they belong, once before the next picture. */
  place(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => { this.placeNow(); });
  }

  private placeNow(): void {
    const { view } = this.text;
    if (view.isDestroyed) return;
    if (this.asList) {
      this.gaps(new Map());
      for (const { holder } of this.kept.values()) holder.removeAttribute("style");
      this.columns.style.removeProperty("min-height");
      return;
    }
    const places = placesOf(view.state.doc);
    if (this.narrow.matches) this.placeInGaps(places);
    else this.placeBeside(places);
  }

  private placeBeside(places: ReadonlyMap<string, number>): void {
    this.gaps(new Map());
    const { view } = this.text;
    const frame = this.columns.getBoundingClientRect();
    const side = this.side.getBoundingClientRect();
    const end = view.dom.getBoundingClientRect().bottom - frame.top;
    const boxes = this.order.map((key) => {
      const at = places.get(key);
      const wanted = at === undefined ? end : view.coordsAtPos(Math.min(at + 1, view.state.doc.content.size)).top - frame.top - 8;
      return { wanted, height: this.kept.get(key)?.card.offsetHeight ?? 0 };
    });
    const current = this.current === null ? -1 : this.order.indexOf(this.current);
    const tops = stacked(boxes, current < 0 ? null : current);
    this.order.forEach((key, place) => { this.put(key, tops[place] ?? 0, side.left - frame.left, side.width); });
    const last = tops.length - 1;
    this.columns.style.minHeight = last < 0 ? "" : `${Math.ceil((tops[last] ?? 0) + (boxes[last]?.height ?? 0) + 24)}px`;
  }

  private placeInGaps(places: ReadonlyMap<string, number>): void {
    const { view } = this.text;
    const { doc } = view.state;
    const groups = new Map<number, string[]>();
    const frame = this.columns.getBoundingClientRect();
    for (const key of this.order) {
      const at = places.get(key);
      const gap = at === undefined ? doc.content.size : gapAfter(doc, at);
      groups.set(gap, [...(groups.get(gap) ?? []), key]);
    }
    const width = view.dom.getBoundingClientRect();
    for (const key of this.order) this.put(key, 0, width.left - frame.left, width.width);
    const heightOf = (key: string) => (this.kept.get(key)?.card.offsetHeight ?? 0) + 8;
    this.gaps(new Map([...groups].map(([at, keys]) => [at, keys.reduce((sum, key) => sum + heightOf(key), 8)])));
    for (const [at, keys] of groups) {
      const gap = view.dom.querySelector(`[data-gap="${at}"]`);
      let top = (gap?.getBoundingClientRect().top ?? view.dom.getBoundingClientRect().bottom) - frame.top + 4;
      for (const key of keys) {
        this.put(key, top, width.left - frame.left, width.width);
        top += heightOf(key);
      }
    }
    this.columns.style.removeProperty("min-height");
  }

  private put(key: string, top: number, left: number, width: number): void {
    const { style } = this.kept.get(key)?.holder ?? element("li");
    style.top = `${Math.round(top)}px`;
    style.left = `${Math.round(left)}px`;
    style.width = `${Math.round(width)}px`;
  }

  private gaps(wanted: ReadonlyMap<number, number>): void {
    const said = JSON.stringify([...wanted]);
    if (said === this.gapsNow && wanted.size === 0) return;
    this.gapsNow = said;
    setGaps(this.text.view, wanted);
  }
}
