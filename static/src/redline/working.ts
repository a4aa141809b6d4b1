// One person at one section in dispute: reads the register, opens the layers, shows the page when all of them are there,
// keeps the save line true, and sees to it that a refusal never costs words.

import { showEnd, lookAt } from "../endings";
import { KeptWords, whenSigningOut } from "../kept";
import { KeptPanel } from "../keptpanel";
import { liveAddress } from "../liveaddress";
import { isDoubtful, outcomeOf, sentenceOf, waitBefore } from "../refusal";
import type { SaveLine } from "../savestatus";
import { LiveToken } from "../token";
import { unsaved, type Fragment } from "../unsaved";
import { countWords } from "../words";
import * as Y from "yjs";
import { WorkingDesk, type Caret } from "./desk";
import type { Working } from "./facts";
import { frameIn } from "./frame";
import { Rooms, type Heard } from "./rooms";
import { Server } from "./server";

const QUIET_MS = 600;
const NEWS_MS = 150;
/** A reading is followed by the next after this many times what it took, and at the latest after this long. */
const NEWS_SHARE = 4;
const NEWS_MOST_MS = 3_000;
const PATIENCE_MS = 3_000;
const SETTLED_MS = 60_000;
const RENEW_EVERY_MS = 5 * 60_000;
const RENEW_PATIENCE_MS = 60_000;
/** Nothing can be asked again after these. */
const FINAL: ReadonlySet<string> = new Set(["signed-out", "stale-schema", "not-on-plan"]);
const READ_ONLY = "You can read this. Somebody else writes for your side, or it is not open now.";

export class WorkingPage {
  private readonly server: Server;
  private readonly token: LiveToken;
  private rooms: Rooms | null = null;
  /** Fresh copies that will take the place of those on the page as soon as nothing can be lost by it. */
  private spare: Rooms | null = null;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private desk: WorkingDesk | null = null;
  private working: Working | null = null;
  private kept: KeptWords | null = null;
  private panel: KeptPanel | null = null;
  private attempts = 0;
  private hasEnded = false;
  private trouble: string | null = null;
  private lastMade = 0;
  private lastChange = Number.NEGATIVE_INFINITY;
  private savedAt = new Date();
  private wasCurrent = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private news: ReturnType<typeof setTimeout> | undefined;
  private pause = NEWS_MS;
  private view: string;

  constructor(
    private readonly root: HTMLElement,
    private readonly line: SaveLine,
  ) {
    const data = root.dataset;
    this.server = new Server(data["url"] ?? "");
    this.token = new LiveToken(data["token"] ?? "/api/live-token");
    this.view = data["view"] ?? "key";
    window.addEventListener("beforeunload", (event) => {
      if (!this.hasEnded && this.rooms?.write?.connection.durable.hasUnsaved === true) event.preventDefault();
    });
    const note = () => { this.noteUnsent(); };
    window.addEventListener("pagehide", note);
    document.addEventListener("visibilitychange", note);
    whenSigningOut(() => { this.kept?.leave(); });
  }

  /** Reads the section and opens its layers; tries again by itself when the server cannot be reached. */
  async open(): Promise<void> {
    this.line.show(this.trouble === null ? { kind: "opening" } : { kind: "refused", sentence: this.trouble });
    const found = await this.server.working();
    if (this.hasEnded || this.rooms !== null) return;
    if (!found.ok) {
      if (["401", "403", "404"].includes(found.code) || ["stop", "read"].includes(outcomeOf(found.code))) {
        this.stop(found.code === "401" ? "signed-out" : found.code, found.sentence);
        return;
      }
      this.line.show({ kind: "offline", words: 0, isUnsent: false });
      this.again();
      return;
    }
    const working = found.value;
    this.working = working;
    this.kept ??= new KeptWords(`${working.plan}/${working.section}`);
    this.panel ??= new KeptPanel(this.kept, this.root);
    this.rooms = this.make(working);
    this.rooms.greet(working);
    this.lastMade = 0;
    this.refresh();
  }

  /** The layers with their connections; what they tell counts while they are those on the page. */
  private make(working: Working): Rooms {
    let made: Rooms | null = null;
    const ifShown = (run: () => void) => {
      if (made === null) return;
      if (this.rooms === made) run();
      else if (this.spare === made) this.changeOver();
    };
    const heard: Heard = {
      changed: () => { ifShown(() => { this.refresh(); }); },
      ready: () => { ifShown(() => { this.mount(); }); },
      stateless: (message) => { ifShown(() => { this.heard(message); }); },
      closed: (code) => {
        if (made !== null && this.spare === made) this.giveUpSpare();
        else ifShown(() => { this.closed(code, null); });
      },
      differ: () => { ifShown(() => { this.renew(); }); },
    };
    made = new Rooms(liveAddress(this.root.dataset["live"] ?? "/live", working.plan), Number(this.root.dataset["schema"] ?? "1"), this.token, working, heard);
    return made;
  }

  private mount(caret: Caret = null): void {
    const { rooms, working } = this;
    if (rooms === null || working === null || this.desk !== null || this.hasEnded) return;
    this.trouble = null;
    const key = document.querySelector(".app-rl-key");
    const frame = frameIn(this.root);
    if (key !== null) frame.bar.after(key);
    this.desk = new WorkingDesk(frame, working, rooms, this.server, () => { this.readSoon(); }, this.view);
    this.desk.caretBack(caret);
    this.panel?.allowPutBack(this.desk.board.mayWrite ? (fragments) => { this.desk?.putBack(fragments); } : null);
    this.panel?.show(this.recover(rooms));
    this.root.dataset["ready"] = "true";
    // Between the answer and the documents the register may have moved.
    this.readAgain();
    this.refresh();
  }

  /** Keeps of all that was noted what the plan does not have; is something gone that was saved? */
  private recover({ write }: Rooms): boolean {
    return write !== null && this.kept?.recover((client) => Y.getState(write.doc.store, client)) === true;
  }

  // News ----------------------------------------------------------------------------------------------------------------

  private heard(message: Record<string, unknown>): void {
    const code = typeof message["code"] === "string" ? message["code"] : "";
    switch (message["type"]) {
      case "refused":
        this.closed(code, message["sentence"]);
        break;
      case "register":
      case "turn":
      case "plan":
        this.readAgain();
        break;
    }
  }

  /** Reads the register again, once for several pieces of news: the longer one reading takes, the fewer there are. */
  private readAgain(): void {
    this.news ??= setTimeout(() => {
      const begun = performance.now();
      void this.read().finally(() => {
        this.pause = Math.min(NEWS_MOST_MS, Math.max(NEWS_MS, NEWS_SHARE * (performance.now() - begun)));
      });
    }, this.pause);
  }

  /** The same after an act of this person, who waits for it. */
  private readSoon(): void {
    clearTimeout(this.news);
    this.news = undefined;
    this.pause = NEWS_MS;
    this.readAgain();
  }

  private async read(): Promise<void> {
    this.news = undefined;
    const { rooms } = this;
    const found = await this.server.working();
    if (this.hasEnded || rooms === null || this.rooms !== rooms) return;
    if (!found.ok) {
      if (["stop", "read"].includes(outcomeOf(found.code))) this.closed(found.code, found.sentence);
      return;
    }
    const before = this.working;
    this.working = found.value;
    if (before !== null && places(before) !== places(found.value)) this.reopen();
    else this.desk?.heard(found.value);
  }

  /** Other documents count now: a turn was taken, the baseline is a new one, or this person may write no more. */
  private reopen(): void {
    const { rooms } = this;
    if (rooms !== null) this.keepAside(rooms, "Your side\u2019s turn changed before they were sent.");
    this.drop();
    void this.open();
  }

  // Trouble -------------------------------------------------------------------------------------------------------------

  private closed(code: string, sentence: unknown): void {
    const { rooms } = this;
    if (rooms === null || this.hasEnded) return;
    const words = sentenceOf(code, sentence);
    const outcome = outcomeOf(code);
    if (performance.now() - rooms.openedAt > SETTLED_MS) this.attempts = 0;
    if (outcome === "again") {
      this.trouble = `${words} Keep this page open: we try again by ourselves.`;
      for (const room of rooms.all) if (!room.connection.isConnected) room.connection.again(waitBefore(this.attempts));
      this.attempts += 1;
      this.refresh();
      return;
    }
    if (isDoubtful(code)) this.noteSaved(rooms);
    // Whichever of them was closed, all are opened afresh, and what was typed meanwhile must not go with them.
    const hasKept = this.keepAside(rooms, words);
    if (FINAL.has(code)) {
      this.stop(code, words, hasKept);
      return;
    }
    // Whether it is a turn, a lock or an end is in what the server answers when it is asked again.
    this.trouble = hasKept || outcome === "afresh" ? words : null;
    this.drop();
    this.again();
  }

  private again(): void {
    const wait = waitBefore(this.attempts);
    this.attempts += 1;
    setTimeout(() => { if (!this.hasEnded && this.rooms === null) void this.open(); }, wait);
  }

  private stop(code: string, words: string, hasKept = false): void {
    this.hasEnded = true;
    this.panel?.allowPutBack(null);
    this.drop();
    this.line.show(hasKept ? { kind: "refused", sentence: words } : { kind: "closed", sentence: words });
    const why = showEnd(this.root, code, words);
    if (code === "not-on-plan" || code === "unknown-document") this.root.replaceChildren();
    if (!hasKept) lookAt(why);
  }

  /** Keeps aside what was not saved; was there anything? */
  private keepAside(rooms: Rooms, reason: string): boolean {
    const fragments = this.placed(this.unsent(rooms));
    this.kept?.noteUnsent([]);
    this.kept?.add({ fragments, reason });
    this.panel?.allowPutBack(null);
    if (fragments.length > 0) this.panel?.show(true);
    return fragments.length > 0;
  }

  /** Lets everything go; what was shown stays to be read until the next is there. */
  private drop(): void {
    const shown = this.desk?.text.view.dom.cloneNode(true);
    const place = this.desk?.text.view.dom.parentElement;
    this.view = this.viewNow;
    this.giveUpSpare();
    this.desk?.end();
    this.rooms?.end();
    this.desk = null;
    this.rooms = null;
    delete this.root.dataset["ready"];
    if (!(shown instanceof HTMLElement)) return;
    for (const name of ["contenteditable", "role", "aria-multiline"]) shown.removeAttribute(name);
    shown.classList.add("is-frozen");
    place?.append(shown);
  }

  /** What is here is not what the server has: fresh copies are fetched beside it, and nobody is disturbed. */
  private renew(): void {
    const { rooms, working } = this;
    const now = performance.now();
    if (rooms === null || working === null || this.spare !== null || this.hasEnded || now - this.renewedAt < RENEW_EVERY_MS) return;
    if (rooms.write?.connection.durable.hasUnsaved === true) return;
    this.renewedAt = now;
    const spare = this.make(working);
    this.spare = spare;
    setTimeout(() => { if (this.spare === spare) this.giveUpSpare(); }, RENEW_PATIENCE_MS);
  }

  private changeOver(): void {
    const { rooms, spare, desk, working } = this;
    if (rooms === null || spare === null || desk === null || working === null || this.hasEnded) return;
    if (!spare.isReady || !spare.isConnected || desk.isBusy) return;
    if (rooms.write?.connection.durable.hasUnsaved === true || performance.now() - this.lastChange < QUIET_MS) return;
    const height = window.scrollY;
    const caret = desk.caret();
    this.spare = null;
    this.view = this.viewNow;
    desk.end();
    rooms.end();
    this.desk = null;
    this.rooms = spare;
    this.lastMade = 0;
    spare.greet(working);
    this.mount(caret);
    window.scrollTo({ top: height, behavior: "instant" });
  }

  private giveUpSpare(): void {
    const { spare } = this;
    this.spare = null;
    spare?.end();
  }

  private get viewNow(): string {
    return this.root.querySelector<HTMLElement>(".app-rl-views [aria-pressed=true]")?.dataset["view"] ?? this.view;
  }

  private unsent(rooms: Rooms): Fragment[] {
    const room = rooms.write;
    if (room?.connection.durable.hasUnsaved !== true) return [];
    return unsaved(room.doc, room.connection.durable.durableClock);
  }

  private placed(fragments: readonly Fragment[]): Fragment[] {
    return fragments.map((fragment) => this.desk?.placed(fragment) ?? fragment);
  }

  /** What was called saved may be gone when this page next hears from the server: by then that may be restored. */
  private noteSaved({ write }: Rooms): void {
    if (write !== null && this.desk !== null) this.kept?.noteSaved(this.placed(unsaved(write.doc, 0, write.connection.durable.durableClock)));
  }

  private noteUnsent(): void {
    if (this.rooms === null || this.hasEnded) return;
    this.kept?.noteUnsent(this.placed(this.unsent(this.rooms)));
    if (!this.rooms.isConnected) this.noteSaved(this.rooms);
  }

  // The save line ---------------------------------------------------------------------------------------------------------

  private refresh(): void {
    clearTimeout(this.timer);
    const { rooms } = this;
    if (this.hasEnded || rooms === null) return;
    if (this.trouble !== null) {
      if (rooms.isReady && rooms.isConnected) this.trouble = null;
      else {
        this.line.show({ kind: "refused", sentence: this.trouble });
        return;
      }
    }
    if (this.spare !== null) {
      this.changeOver();
      if (this.rooms !== rooms) return;
      this.later(QUIET_MS);
    }
    const now = performance.now();
    const durable = rooms.write?.connection.durable ?? null;
    if (durable !== null && durable.changes !== this.lastMade) {
      this.lastMade = durable.changes;
      this.lastChange = now;
    }
    if (!rooms.isConnected) {
      this.wasCurrent = false;
      if (this.desk === null && now - rooms.openedAt < PATIENCE_MS) {
        this.line.show({ kind: "opening" });
        this.later(PATIENCE_MS);
        return;
      }
      const words = this.unsent(rooms).reduce((sum, fragment) => sum + countWords(fragment.text), 0);
      this.noteUnsent();
      this.line.show({ kind: "offline", words, isUnsent: durable?.hasUnsaved === true });
      return;
    }
    if (durable === null) {
      this.line.show({ kind: "closed", sentence: READ_ONLY });
      return;
    }
    if (!durable.isCurrent || now - this.lastChange < QUIET_MS) {
      this.wasCurrent = false;
      this.line.show({ kind: "saving" });
      this.later(QUIET_MS);
      return;
    }
    if (!this.wasCurrent) {
      this.savedAt = new Date();
      this.kept?.noteUnsent([]);
    }
    this.wasCurrent = true;
    this.line.show({ kind: "saved", at: this.savedAt });
  }

  private later(milliseconds: number): void {
    this.timer = setTimeout(() => { this.refresh(); }, milliseconds);
  }
}

/** What decides which documents are open, and on what they stand. */
function places(working: Working): string {
  return JSON.stringify([working.documents, working.write, working.baseline.hash, working.baseline.version, working.me.side, working.me.may_propose]);
}
