// The switch between ways to look at the section. The tribunal key is where people write; the others are for reading,
// made of the same proposals; "Since we last looked" comes from the server, "As a list" is the cards by themselves.

import { DOMSerializer } from "prosemirror-model";
import { button, element, hidden } from "../elements";
import type { Board } from "./board";
import { diffed } from "./cards/card";
import { drawn } from "./editor/draw";
import { schema } from "./editor/schema";
import type { SinceChange, Working } from "./facts";
import { TEXT_TITLE, type Frame } from "./frame";
import type { Server } from "./server";
import { PLAIN_WORDS, viewOf, VIEW_WORDS, VIEWS, type ViewName } from "./views";
import type { Piece } from "./worddiff";

type Shown = ViewName | "list";
const WHAT: Readonly<Record<SinceChange["what"], string>> = { new: "new", withdrawn: "withdrawn", changed: "reworded" };

export class ViewSwitch {
  private readonly buttons = new Map<Shown, HTMLButtonElement>();
  private now: Shown = "key";
  private hasEnded = false;

  constructor(
    private readonly frame: Frame,
    private readonly board: Board,
    private readonly working: () => Working,
    private readonly server: Server,
    private readonly cards: { readonly listOnly: (isList: boolean) => void; readonly goTo: (key: string) => void },
  ) {
    const list = element("ul", { class: "app-rl-views app-rl-row" });
    const views = VIEWS.filter((name) => name !== "since" || working().me.side !== null);
    for (const name of [...views, "list"] as const) {
      const made = button(this.words(name), "", () => { this.show(name); });
      made.dataset["view"] = name;
      this.buttons.set(name, made);
      list.append(element("li", {}, made));
    }
    frame.views.replaceChildren(list);
  }

  end(): void {
    this.hasEnded = true;
  }

  show(name: string): void {
    const wanted = [...this.buttons.keys()].find((one) => one === name) ?? "key";
    const isSame = wanted === this.now && this.buttons.get(wanted)?.getAttribute("aria-pressed") === "true";
    this.now = wanted;
    for (const [one, made] of this.buttons) made.setAttribute("aria-pressed", String(one === wanted));
    if (isSame) return;
    const { frame } = this;
    const isWriting = wanted === "key";
    frame.text.hidden = !isWriting;
    frame.toolbar.hidden = !isWriting;
    frame.reading.hidden = isWriting || wanted === "list";
    frame.side.hidden = !isWriting && wanted !== "list" && wanted !== "disputed";
    frame.columns.classList.toggle("is-list", wanted === "list" || wanted === "disputed");
    this.cards.listOnly(wanted === "list" || wanted === "disputed");
    this.titled();
    this.redraw();
    if (wanted === "since") void this.since();
  }

  /** The same view of what the proposals are now. */
  redraw(): void {
    const { now, frame } = this;
    if (now === "key" || now === "list" || now === "since") return;
    const shown = viewOf(this.board.shown(), now, this.board.me ?? this.working().me.side ?? "family", this.board.status);
    const doc = drawn(shown, this.board.standing, this.board.baseline.section);
    const content = DOMSerializer.fromSchema(schema).serializeFragment(doc.content);
    const title = element("h2", { class: "govuk-heading-m" }, this.words(now));
    if (shown.length === 0) frame.reading.replaceChildren(title, element("p", { class: "govuk-body" }, "Nothing is in dispute in this section now."));
    else frame.reading.replaceChildren(title, content);
  }

  private async since(): Promise<void> {
    const { reading } = this.frame;
    const title = element("h2", { class: "govuk-heading-m" }, VIEW_WORDS.since);
    reading.replaceChildren(title, element("p", { class: "govuk-body" }, "Looking \u2026"));
    const found = await this.server.since();
    if (this.now !== "since" || this.hasEnded) return;
    if (!found.ok) {
      reading.replaceChildren(title, element("p", { class: "govuk-body" }, found.sentence));
      return;
    }
    if (found.value.length === 0) {
      reading.replaceChildren(title, element("p", { class: "govuk-body" }, "Nothing has changed since your side last looked."));
      return;
    }
    const rows = found.value.map((change) => this.row(change));
    const said = element("p", { role: "status" });
    const seen = button("We have read these changes", "govuk-button govuk-button--secondary", () => {
      void this.server.seen().then((answer) => { said.textContent = answer.ok ? "Noted. Only newer changes will show here." : answer.sentence; });
    });
    reading.replaceChildren(title, element("ul", { class: "app-rl-changes" }, ...rows), seen, said);
  }

  /** "F-23, F2, What: new", with what it strikes and what it puts in; the number leads to the place in the text. */
  private row(change: SinceChange): HTMLElement {
    const proposal = this.working().proposals[change.key];
    const number = change.number ?? proposal?.number ?? "";
    const place = change.place ?? proposal?.place ?? "";
    const isThere = change.what !== "withdrawn";
    const link = button(number, "rl-card__goto", () => { this.cards.goTo(change.key); });
    link.append(hidden(", go to the words"));
    const head = element("h3", {}, isThere && number !== "" ? link : number, `${number === "" || place === "" ? "" : ", "}${place}: ${WHAT[change.what]}`);
    const sentence = change.sentence ?? proposal?.sentence ?? "";
    const struck: readonly Piece[] = change.struck === undefined || change.struck === "" ? [] : [{ kind: "out", text: change.struck }];
    const words = Object.values(change.words);
    const rows = change.what === "new" && words.length === 1 ? [[...struck, ...(words[0] ?? [])]] : words;
    const said = change.what === "withdrawn" ? "Would have taken out of the plan: " : "Takes out of the plan: ";
    const out = struck.length > 0 && rows === words ? [element("p", { class: "app-rl-words" }, element("span", { class: "app-quiet" }, said), ...diffed(struck))] : [];
    return element("li", {}, head, element("p", { class: "govuk-body" }, sentence), ...out, ...rows.map((pieces) => element("p", { class: "app-rl-words" }, ...diffed(pieces))));
  }

  private words(name: Shown): string {
    if (name === "list") return "As a list";
    return this.working().me.side === null ? (PLAIN_WORDS[name] ?? VIEW_WORDS[name]) : VIEW_WORDS[name];
  }

  /** The page, and the heading of what is shown, say which view it is. */
  private titled(): void {
    const plain = [...this.buttons.keys()].map((name) => `${this.words(name)}: `).find((words) => document.title.startsWith(words)) ?? "";
    document.title = `${this.now === "key" ? "" : `${this.words(this.now)}: `}${document.title.slice(plain.length)}`;
    const heading = this.frame.text.parentElement?.querySelector("h2");
    if (heading?.id === TEXT_TITLE) heading.hidden = this.now !== "key";
  }
}
