// The switch between ways to look at the section. The tribunal key is where people write; the others are for reading,
// made of the same proposals; "Since we last looked" comes from the server, "As a list" is the cards by themselves.

import { DOMSerializer } from "prosemirror-model";
import { button, element, hidden } from "../elements";
import type { Board } from "./board";
import { diffed } from "./cards/card";
import { drawn } from "./editor/draw";
import { schema } from "./editor/schema";
import type { SinceChange, Working } from "./facts";
import type { Frame } from "./frame";
import type { Server } from "./server";
import { viewOf, VIEW_WORDS, VIEWS, type ViewName } from "./views";

type Shown = ViewName | "list";
const WHAT: Readonly<Record<SinceChange["what"], string>> = { new: "New", withdrawn: "Withdrawn", changed: "Reworded" };

export class ViewSwitch {
  private readonly buttons = new Map<Shown, HTMLButtonElement>();
  private now: Shown = "key";
  private hasEnded = false;

  constructor(
    private readonly frame: Frame,
    private readonly board: Board,
    private readonly working: () => Working,
    private readonly server: Server,
    private readonly listOnly: (isList: boolean) => void,
  ) {
    const list = element("ul", { class: "app-rl-views app-rl-row" });
    for (const name of [...VIEWS, "list"] as const) {
      const made = button(name === "list" ? "As a list" : this.words(name), "", () => { this.show(name); });
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
    this.listOnly(wanted === "list" || wanted === "disputed");
    this.redraw();
    if (wanted === "since") void this.since();
  }

  /** The same view of what the proposals are now. */
  redraw(): void {
    const { now, frame } = this;
    if (now === "key" || now === "list" || now === "since") return;
    const shown = viewOf(this.board.shown(), now, this.board.me ?? this.working().me.side ?? "", this.board.status);
    const doc = drawn(shown, this.board.standing, this.board.baseline.section);
    const content = DOMSerializer.fromSchema(schema).serializeFragment(doc.content);
    const title = element("h2", { class: "govuk-heading-m" }, VIEW_WORDS[now]);
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

  private row(change: SinceChange): HTMLElement {
    const proposal = this.working().proposals[change.key];
    const head = `${change.number ?? proposal?.number ?? ""} ${change.place ?? proposal?.place ?? ""}`.trim();
    const words = Object.values(change.words).map((pieces) => element("p", { class: "app-rl-words" }, ...diffed(pieces)));
    const sentence = change.sentence ?? proposal?.sentence ?? "";
    return element("li", {}, element("h3", { class: "govuk-heading-s" }, `${WHAT[change.what]}: ${head}`, hidden(".")), element("p", { class: "govuk-body" }, sentence), ...words);
  }

  private words(name: ViewName): string {
    const { side } = this.working().me;
    const plain = { ours: "As the family proposes", theirs: "As the council proposes" };
    return side === null && (name === "ours" || name === "theirs") ? plain[name] : VIEW_WORDS[name];
  }
}
