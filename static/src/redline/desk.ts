// The working page while it is open: the text, its tools, the cards, the views. Everything that happens on it is joined
// up here; what happens on the wire is decided in working.ts.

import { switchCarets, caretsAreOn, othersIn, personWords } from "../persons";
import { confirmBox, tell } from "../dialogs";
import { element } from "../elements";
import { Toolbar } from "../toolbar";
import type { Fragment } from "../unsaved";
import { offsetOf } from "./anchors";
import { placed, spotOf } from "./backwhere";
import { Board, type Register } from "./board";
import type { Deed } from "./cards/card";
import { Cards } from "./cards/cards";
import { askWording } from "./cards/counterbox";
import { askDecision, askEvidence, askReason, askRemoval } from "./cards/decide";
import { redlineCarets, told } from "./editor/carets";
import { gaps } from "./editor/gaps";
import { keys } from "./editor/keys";
import type { Meant } from "./editor/meant";
import { keysAt, placesOf } from "./editor/places";
import { Redliner } from "./editor/redliner";
import { openItem, strikeHere, toolGroups, type Desk as Tools } from "./editor/tools";
import type { Proposal, Working } from "./facts";
import { LEAVE_HINT, TEXT_TITLE, type Frame } from "./frame";
import type { Rooms } from "./rooms";
import { sentenceOf, STATUS_WORDS } from "./saying";
import type { Server } from "./server";
import { keysAreOn, switchesFor } from "./switches";
import { TurnBox } from "./turns";
import { ViewSwitch } from "./viewswitch";

const ITEMS: Readonly<Record<string, string>> = { B: "need", E: "outcome", F: "provision" };
const OFFER_MS = 12_000;
const BESIDE_MS = 100;

/** Where a caret stands, found again in whatever the text says later. */
export type Caret = ReturnType<Redliner["caret"]>;

export class WorkingDesk {
  readonly board: Board;
  readonly text: Redliner;
  private readonly cards: Cards;
  private readonly toolbar: Toolbar;
  private readonly views: ViewSwitch;
  private readonly turns: TurnBox;
  private offer: ReturnType<typeof setTimeout> | undefined;
  private beside: ReturnType<typeof setTimeout> | undefined;
  private readonly leaving: (() => void)[] = [];

  constructor(
    private readonly frame: Frame,
    private working: Working,
    private readonly rooms: Rooms,
    private readonly server: Server,
    /** Something was decided: the register is to be read again. */
    private readonly changed: () => void,
    view: string,
  ) {
    const me = working.me.may_propose ? working.me.side : null;
    this.board = new Board(working.baseline, me, rooms.layers(working), registerOf(working));
    const tools: Tools = { board: this.board, text: () => this.text, item: ITEMS[working.section.charAt(0)] ?? null, describe: () => { this.describe(); } };
    const awareness = rooms.all.map((room) => room.connection.awareness);
    switchCarets(caretsAreOn());
    this.text = new Redliner({
      place: frame.text,
      board: this.board,
      label: TEXT_TITLE,
      describedBy: LEAVE_HINT,
      plugins: [
        keys(() => this.text, {
          next: (step) => this.next(step),
          describe: tools.describe,
          strikeBlock: () => { strikeHere(tools); },
          leave: (backwards) => { this.leave(backwards); },
        }),
        gaps(),
        redlineCarets(this.board, awareness),
      ],
      host: {
        offer: (meant, isTyped) => { if (isTyped) this.answer(meant.key, meant); else this.offerAnswer(meant); },
        askAgreed: (agreed, go) => { this.askAgreed(agreed, go); },
        say: (words) => { this.say(words); },
        openItem: (id) => { openItem(tools, id); },
        atCaret: (found) => { this.atCaret(found); },
        drawn: () => { this.later(); },
      },
    });
    this.cards = new Cards(frame.columns, frame.side, this.text, this.board, working, (deed, key, from) => { this.does(deed, key, from); });
    this.toolbar = new Toolbar(frame.toolbar, toolGroups(tools), this.text.view);
    this.views = new ViewSwitch(frame, this.board, () => this.working, server, {
      listOnly: (isList) => { this.cards.listOnly(isList); },
      goTo: (key) => { this.goTo(key); },
    });
    frame.switches.append(switchesFor(frame.root));
    this.turns = new TurnBox(frame.switches, frame.toolbar, working, server, changed);
    this.views.show(view);
    for (const room of awareness) {
      room.on("change", this.showHere);
      this.leaving.push(() => { room.off("change", this.showHere); });
    }
    this.showHere();
    const onKey = (event: KeyboardEvent) => {
      if (event.target === this.text.view.dom || !event.altKey || !["[", "]"].includes(event.key) || document.querySelector("dialog[open]") !== null) return;
      if (this.next(event.key === "]" ? 1 : -1)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    this.leaving.push(() => { document.removeEventListener("keydown", onKey); });
  }

  end(): void {
    clearTimeout(this.offer);
    clearTimeout(this.beside);
    for (const leave of this.leaving) leave();
    this.views.end();
    this.cards.end();
    this.toolbar.end();
    this.text.end();
    this.board.end();
  }

  /** News from the register. */
  heard(working: Working): void {
    this.working = working;
    this.board.heard(registerOf(working));
    this.cards.heard(working);
    this.turns.heard(working);
    this.views.redraw();
  }

  /** Words kept aside go where they came from if that is still there, else where the caret is; never over anything. */
  putBack(fragments: readonly Fragment[]): void {
    this.views.show("key");
    for (const { text, place } of fragments) {
      const spot = spotOf(this.board, place);
      if (spot !== null) this.text.caretTo(spot);
      this.text.paste(text);
    }
    this.text.view.focus();
  }

  /** A piece of this person's words with where it stands, said without their layer. */
  placed(fragment: Fragment): Fragment {
    return { ...fragment, place: placed(this.board, fragment.place) };
  }

  /** Is something going on that must not be taken away: a word being composed, a question, a control in use? */
  get isBusy(): boolean {
    const { view } = this.text;
    const { activeElement } = document;
    const isElsewhere = this.frame.root.contains(activeElement) && !view.dom.contains(activeElement);
    return view.composing || isElsewhere || document.querySelector("dialog[open]") !== null;
  }

  /** Where the caret is, to be had back in a fresh copy; null while the text does not have the focus. */
  caret(): Caret {
    return this.text.view.hasFocus() ? this.text.caret() : null;
  }

  caretBack(caret: Caret): void {
    if (caret === null) return;
    const { block } = caret.head;
    this.text.view.dom.focus({ preventScroll: true });
    this.text.caretTo({ block, offset: offsetOf(caret.head, this.board.runs(block)) });
  }

  // Moving about -------------------------------------------------------------------------------------------------------

  private next(step: 1 | -1): boolean {
    if (!keysAreOn()) return false;
    const key = this.cards.neighbour(step);
    if (key === null) {
      this.say("There are no proposals here.");
      return true;
    }
    this.goTo(key);
    this.describe();
    return true;
  }

  private goTo(key: string): void {
    this.views.show("key");
    const at = placesOf(this.text.view.state.doc).get(key);
    this.cards.make(key);
    if (at !== undefined) this.text.select(at);
  }

  private leave(backwards: boolean): void {
    if (backwards) this.toolbar.focus();
    else {
      const first = this.frame.side.querySelector<HTMLElement>(".app-rl-card--current button, .app-rl-card button");
      if (first !== null) first.focus();
      else this.text.view.dom.blur();
    }
  }

  private atCaret(found: readonly string[]): void {
    this.cards.atCaret(found);
    this.toolbar.refresh();
    const room = this.rooms.write;
    if (room !== null) room.connection.awareness.setLocalStateField("redline", told(this.text.caret()));
  }

  /** What stands at the caret, said and shown. */
  private describe(): void {
    const { doc, selection } = this.text.view.state;
    const records = keysAt(doc, selection.head).map((key) => this.board.known().get(key)).filter((record) => record !== undefined);
    const said = records.map((record) => {
      const proposal = this.working.proposals[record.key] ?? null;
      return `${proposal?.number ?? "New"}. ${sentenceOf(this.board, record, proposal)} ${STATUS_WORDS[this.board.status(record.key)]}.`;
    });
    this.say(said.length === 0 ? "These are the original words. Nobody proposes a change here." : said.join(" "));
  }

  private say(words: string): void {
    clearTimeout(this.offer);
    this.frame.spoken.textContent = words;
    this.frame.notice.replaceChildren(words);
    this.offer = setTimeout(() => { this.frame.notice.replaceChildren(); }, OFFER_MS);
  }

  private readonly showHere = (): void => {
    const names = new Set(this.rooms.all.flatMap((room) => othersIn(room.connection.awareness).map(personWords)));
    this.frame.here.textContent = names.size === 0 ? "" : `Here now: ${[...names].sort().join("; ")}`;
  };

  /** The words come first: what stands beside them follows in a moment, once for several keys. */
  private later(): void {
    this.beside ??= setTimeout(() => {
      this.beside = undefined;
      this.cards.show();
      this.views.redraw();
    }, BESIDE_MS);
  }

  // Answers and decisions -----------------------------------------------------------------------------------------------

  private offerAnswer(meant: Meant): void {
    clearTimeout(this.offer);
    const words = "These are the other side\u2019s words: you can answer them, not change them. ";
    const made = element("button", { type: "button", class: "govuk-button govuk-button--secondary rl-offer" }, "Propose other wording");
    made.addEventListener("click", () => { this.answer(meant.key, meant); });
    this.frame.notice.replaceChildren(words, made);
    this.offer = setTimeout(() => { this.frame.notice.replaceChildren(); }, OFFER_MS);
  }

  private answer(key: string, meant: Meant | null): void {
    const other = this.board.known().get(key);
    const proposal = this.working.proposals[key] ?? null;
    if (other === undefined) return;
    const record = this.text.answer(key, proposal?.hash ?? "");
    if (record === null) {
      tell("No wording to answer", "This proposal takes words out. If you want to keep them, say that you do not agree.");
      return;
    }
    this.frame.notice.replaceChildren();
    askWording(proposal?.number ?? "new", other, record, meant, (written) => {
      this.text.propose([written]);
      this.cards.show();
      this.cards.make(written.key);
    });
  }

  private askAgreed(agreed: readonly string[], go: () => void): void {
    const numbers = agreed.map((key) => this.working.proposals[key]?.number ?? "").filter((number) => number !== "").join(", ");
    confirmBox("This wording is agreed", `Both sides have agreed ${numbers === "" ? "this" : numbers}. If you change it, it is open again and both sides are told.`, "Change it and open it again", go);
  }

  private does(deed: Deed, key: string, from: HTMLElement): void {
    const proposal = this.working.proposals[key];
    if (deed === "goto") this.goTo(key);
    else if (deed === "counter") this.answer(key, null);
    else if (deed === "withdraw") this.withdraw(key, proposal);
    else if (proposal !== undefined) this.decides(deed, proposal, from);
  }

  private withdraw(key: string, proposal: Proposal | undefined): void {
    const group = (proposal?.group ?? []).filter((one) => this.board.known().has(one));
    const all = group.length > 1 ? group : [key];
    const words = all.length > 1 ? `All ${all.length} changes made together are taken back.` : "It is taken back, and the other side sees that it was withdrawn.";
    confirmBox(`Withdraw ${proposal?.number ?? "this proposal"}?`, words, "Withdraw it", () => { for (const one of all) this.text.withdraw(one); });
  }

  private decides(deed: Exclude<Deed, "goto" | "counter" | "withdraw">, proposal: Proposal, from: HTMLElement): void {
    const done = () => {
      this.changed();
      if (!from.isConnected) this.cards.focus(proposal.key);
    };
    const { number, key } = proposal;
    if (deed === "evidence") {
      askEvidence(number, { save: (values) => this.server.addEvidence({ key, ...values }), done });
      return;
    }
    if (deed === "unevidence") {
      const one = proposal.evidence.find(({ id }) => String(id) === from.dataset["evidence"]);
      if (one !== undefined) askRemoval(number, one.citation, () => this.server.removeEvidence(String(one.id)), done);
      return;
    }
    if (deed === "reason") {
      askReason(number, proposal.reason, (reason) => this.server.giveReason(key, reason), done);
      return;
    }
    // Asked afresh, so that nobody decides on what was there a moment ago.
    void this.server.working().then((found) => {
      if (found.ok) this.heard(found.value);
      const fresh = this.working.proposals[key] ?? proposal;
      const together = fresh.group.map((one) => this.working.proposals[one]).filter((one) => one !== undefined);
      const proposals = together.length > 1 ? together : [fresh];
      askDecision({ act: deed, proposals, board: this.board, working: this.working, send: (sent, reason) => this.server.decide(deed, sent, reason), done });
    });
  }
}

function registerOf(working: Working): Register {
  return { status: (key) => working.proposals[key]?.status ?? "proposed", profile: working.profile, tribunal: working.tribunal };
}
