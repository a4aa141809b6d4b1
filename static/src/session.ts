// One person writing one section: opens the connection, mounts the editor after the first sync, keeps the save line
// true, and sees to it that a refusal never costs words. All decisions after an event are made here.

import * as Y from "yjs";
import { othersIn } from "./persons";
import { Connection } from "./connection";
import { Directory } from "./directory";
import { Editor } from "./editor";
import { lookAt, showEnd, showReading } from "./endings";
import type { Facts } from "./facts";
import type { KeptWords } from "./kept";
import type { KeptPanel } from "./keptpanel";
import { knownEdits } from "./known";
import { LinkedList } from "./linked";
import { liveAddress } from "./liveaddress";
import { People } from "./people";
import { fetchText } from "./reading";
import { isDoubtful, outcomeOf, sentenceOf, waitBefore } from "./refusal";
import { Sameness } from "./sameness";
import type { SaveLine } from "./savestatus";
import { ROOT, SCHEMA_VERSION } from "./schema";
import { LiveToken } from "./token";
import { unsaved, type Fragment } from "./unsaved";
import { countWords } from "./words";

const QUIET_MS = 600;
const PATIENCE_MS = 3_000;
const NOTE_EVERY_MS = 1_000;
const SETTLED_MS = 60_000;
const RENEW_EVERY_MS = 5 * 60_000;
const RENEW_PATIENCE_MS = 60_000;

/** One copy of the document with everything that hangs on it; thrown away as a whole. */
interface Copy {
  readonly doc: Y.Doc;
  readonly connection: Connection;
  readonly sameness: Sameness;
  readonly openedAt: number;
  people: People | null;
  editor: Editor | null;
}

export interface Places {
  readonly editor: HTMLElement;
  readonly toolbar: HTMLElement;
}

export class Session {
  private readonly token: LiveToken;
  private readonly directory: Directory;
  private readonly linked: LinkedList;
  private copy: Copy | null = null;
  /** A fresh copy that will take the place of the one on the page as soon as nothing can be lost by it. */
  private spare: Copy | null = null;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private frozen: HTMLElement | null = null;
  private caret: number | null = null;
  private hasEnded = false;
  private trouble: string | null = null;
  private attempts = 0;
  private savedAt = new Date();
  private wasCurrent = false;
  private lastChange = Number.NEGATIVE_INFINITY;
  private lastMade = 0;
  private notedAt = Number.NEGATIVE_INFINITY;
  private hasNoted = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly facts: Facts,
    private readonly places: Places,
    private readonly line: SaveLine,
    private readonly kept: KeptWords,
    private readonly panel: KeptPanel,
  ) {
    this.token = new LiveToken(facts.token);
    this.directory = new Directory(facts.items);
    this.linked = new LinkedList(facts, this.directory);
    window.addEventListener("beforeunload", (event) => {
      if (!this.hasEnded && this.copy?.connection.durable.hasUnsaved === true) event.preventDefault();
    });
    const note = () => {
      this.noteUnsent(true);
    };
    window.addEventListener("pagehide", note);
    document.addEventListener("visibilitychange", note);
  }

  start(): void {
    void this.directory.refresh();
    this.panel.show(false);
    this.open();
  }

  private open(): void {
    this.copy = this.make();
    this.greet(this.copy);
    this.lastMade = 0;
    this.refresh();
  }

  /** This person is here, and sees who else is. */
  private greet(copy: Copy): void {
    const { awareness } = copy.connection;
    awareness.setLocalState({ user: { name: this.facts.name, role: this.facts.role } });
    copy.people = new People(this.facts, copy.doc, awareness);
  }

  private get address(): string {
    return liveAddress(this.facts.live, this.facts.plan);
  }

  /** A copy with its connection; what that tells counts while it is the copy on the page. */
  private make(): Copy {
    const doc = new Y.Doc();
    doc.getXmlFragment(ROOT);
    const ifShown = (run: () => void) => {
      if (this.copy?.doc === doc) run();
      else if (this.spare?.doc === doc) this.changeOver();
    };
    const ending = (code: string) => {
      if (this.spare?.doc === doc) this.giveUpSpare();
      else if (this.copy?.doc === doc) this.refused(code, null);
    };
    const told = {
      changed: () => { ifShown(() => { this.refresh(); }); },
      synced: () => { ifShown(() => { this.synced(); }); },
      stateless: (message: Record<string, unknown>) => { ifShown(() => { this.heard(message); }); },
      closed: ending,
      signedOut: () => { ending("signed-out"); },
    };
    const connection = new Connection(this.address, this.facts.document, doc, SCHEMA_VERSION, this.token, told);
    const sameness = new Sameness(doc, {
      isSettled: () => this.copy?.doc === doc && this.copy.editor !== null && connection.isConnected && connection.durable.isCurrent,
      send: (message) => { connection.provider.sendStateless(message); },
      differ: () => { this.renew(); },
    }, ROOT);
    return { doc, connection, sameness, openedAt: performance.now(), people: null, editor: null };
  }

  /** The server's whole text is here. */
  private synced(): void {
    const { copy } = this;
    if (copy === null || this.hasEnded) return;
    this.trouble = null;
    if (copy.editor !== null) return;
    this.unfreeze();
    const editor = this.mount(copy);
    const hadKept = this.kept.all().length > 0;
    const isGone = this.kept.recover((client) => Y.getState(copy.doc.store, client));
    if (hadKept && this.kept.all().length === 0) editor.view.focus();
    this.panel.allowPutBack((fragments) => { this.copy?.editor?.putBack(fragments); });
    if (isGone) this.panel.show(true);
    this.refresh();
  }

  private mount(copy: Copy): Editor {
    const editor = new Editor({
      place: this.places.editor,
      toolbarPlace: this.places.toolbar,
      facts: this.facts,
      fragment: copy.doc.getXmlFragment(ROOT),
      awareness: copy.connection.awareness,
      directory: this.directory,
      textChanged: (state) => { this.linked.show(state); },
      lostGround: (words, wasWriting) => { this.lostGround(copy, words, wasWriting); },
    });
    copy.editor = editor;
    if (this.caret !== null) editor.focusAt(this.caret);
    this.caret = null;
    return editor;
  }

  /** The block under the caret is gone: says so, and keeps this person's words of it within reach. */
  private lostGround(copy: Copy, fragments: readonly Fragment[], wasWriting: boolean): void {
    if (!wasWriting && fragments.length === 0) return;
    // What comes in while the page is catching up may be the work of somebody who has left since.
    const here = copy.connection.isConnected ? othersIn(copy.connection.awareness) : [];
    const words = `The part you were writing in was removed by ${here.length === 1 ? (here[0]?.name ?? "") : "somebody else"}.`;
    this.kept.add({ fragments, reason: words, isRemoved: true });
    this.line.tell(words);
    this.panel.show(wasWriting);
  }

  /** The text here is not the server's: a fresh copy is fetched beside it, and nobody is disturbed. */
  private renew(): void {
    const { copy } = this;
    const now = performance.now();
    if (copy === null || this.spare !== null || this.hasEnded || now - this.renewedAt < RENEW_EVERY_MS) return;
    if (copy.connection.durable.hasUnsaved) return;
    this.renewedAt = now;
    const spare = this.make();
    spare.connection.awareness.setLocalState(null); // nobody is here twice
    this.spare = spare;
    setTimeout(() => {
      if (this.spare === spare) this.giveUpSpare();
    }, RENEW_PATIENCE_MS);
  }

  private changeOver(): void {
    const { copy, spare } = this;
    if (copy === null || spare === null || this.hasEnded || !spare.connection.isConnected) return;
    if (copy.connection.durable.hasUnsaved || performance.now() - this.lastChange < QUIET_MS) return;
    const height = window.scrollY;
    this.caret = copy.editor?.caret ?? null;
    this.end(copy);
    this.spare = null;
    this.copy = spare;
    this.lastMade = 0;
    this.greet(spare);
    this.mount(spare);
    window.scrollTo({ top: height, behavior: "instant" });
    this.refresh();
  }

  private giveUpSpare(): void {
    const { spare } = this;
    this.spare = null;
    if (spare !== null) this.end(spare);
  }

  private end(copy: Copy): void {
    copy.sameness.end();
    copy.editor?.freeze();
    copy.editor?.end();
    copy.people?.end();
    copy.connection.end();
    copy.doc.destroy();
  }

  private heard(message: Record<string, unknown>): void {
    if (message["type"] === "refused") {
      const code = typeof message["code"] === "string" ? message["code"] : "";
      this.refused(code, message["sentence"]);
    }
    if (message["type"] === "checked") this.copy?.sameness.heard(message["same"] === true);
    if (message["type"] === "plan") {
      void this.directory.refresh();
      if (message["may_write"] === false) this.refused("locked", message["reason"]);
    }
  }

  private refused(code: string, sentence: unknown): void {
    const { copy } = this;
    if (copy === null || this.hasEnded) return;
    const words = sentenceOf(code, sentence);
    const outcome = outcomeOf(code);
    if (performance.now() - copy.openedAt > SETTLED_MS) this.attempts = 0;
    const wait = waitBefore(this.attempts);
    this.attempts += 1;
    if (outcome === "again") {
      this.trouble = `${words} Keep this page open: we try again by ourselves.`;
      copy.connection.again(wait);
      this.refresh();
      return;
    }
    if (isDoubtful(code)) this.noteSaved(copy);
    const hasKept = this.keepAside(copy, code === "too-big" ? words : firstSentence(words));
    this.drop(copy);
    if (outcome === "afresh") {
      this.trouble = words;
      setTimeout(() => {
        this.open();
      }, wait);
      this.refresh();
      return;
    }
    this.hasEnded = true;
    this.panel.allowPutBack(null);
    this.line.show(hasKept ? { kind: "refused", sentence: `${firstSentence(words)} Your last words are kept aside above the text.` } : { kind: "closed", sentence: firstSentence(words) });
    this.directory.end();
    this.linked.end();
    if (outcome === "read") void this.toReading(words, hasKept);
    else {
      const why = showEnd(this.places.editor, code, words);
      if (code !== "stale-schema" && code !== "signed-out") this.unfreeze();
      // The words kept aside have the focus, and stand right above the reason.
      if (!hasKept) lookAt(why);
    }
  }

  private async toReading(words: string, hasKept: boolean): Promise<void> {
    const { facts, places } = this;
    const isThere = await showReading(places.editor, words, facts.text, fetchText(facts.text, ""));
    if (isThere) this.unfreeze();
    const known = hasKept || this.kept.hasSaved ? await knownEdits(this.address, facts.document, this.token) : null;
    if (known === null) return;
    const [isLess, isGone] = [this.kept.dropKnown(known), this.kept.recover(known)];
    if (isLess || isGone) this.panel.show(isGone);
    if (this.kept.all().length === 0) this.line.show({ kind: "closed", sentence: firstSentence(words) });
  }

  /** Keeps aside what was not saved; was there anything? */
  private keepAside(copy: Copy, reason: string): boolean {
    const fragments = this.unsent(copy);
    this.kept.noteUnsent([]);
    this.kept.add({ fragments, reason });
    this.caret = fragments.length === 0 ? (copy.editor?.caret ?? null) : null;
    this.panel.allowPutBack(null);
    if (fragments.length > 0) this.panel.show(true);
    return fragments.length > 0;
  }

  /** Throws a copy away; what it showed stays to be read until the next one is there. */
  private drop(copy: Copy): void {
    const shown = copy.editor?.view.dom.cloneNode(true);
    this.giveUpSpare();
    this.end(copy);
    this.copy = null;
    if (shown instanceof HTMLElement) {
      for (const name of ["contenteditable", "role", "aria-multiline"]) shown.removeAttribute(name);
      shown.classList.add("is-frozen");
      this.frozen = shown;
      this.places.editor.append(shown);
    }
  }

  private unfreeze(): void {
    this.frozen?.remove();
    this.frozen = null;
  }

  private unsent(copy: Copy): Fragment[] {
    const { durable } = copy.connection;
    return durable.hasUnsaved ? unsaved(copy.doc, durable.durableClock) : [];
  }

  /** What was called saved may be gone when this page next hears from the server: by then that may be restored. */
  private noteSaved(copy: Copy): void {
    this.kept.noteSaved(unsaved(copy.doc, 0, copy.connection.durable.durableClock));
  }

  private noteUnsent(isUrgent: boolean): void {
    const { copy } = this;
    if (copy === null || this.hasEnded) return;
    if (isUrgent && copy.editor !== null && !copy.connection.isConnected) this.noteSaved(copy);
    const has = copy.connection.durable.hasUnsaved;
    if (!has && !this.hasNoted) return;
    if (has && !isUrgent && performance.now() - this.notedAt < NOTE_EVERY_MS) return;
    this.notedAt = performance.now();
    this.hasNoted = has;
    this.kept.noteUnsent(has ? this.unsent(copy) : []);
  }

  /** Makes the save line true. */
  private refresh(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { copy } = this;
    if (this.hasEnded) return;
    if (this.trouble !== null) {
      this.line.show({ kind: "refused", sentence: this.trouble });
      return;
    }
    if (copy === null) return;
    copy.sameness.look();
    if (this.spare !== null) this.changeOver();
    if (this.copy !== copy) return;
    const { durable, isConnected } = copy.connection;
    const now = performance.now();
    if (durable.changes !== this.lastMade) {
      this.lastMade = durable.changes;
      this.lastChange = now;
      this.line.tell("");
    }
    this.noteUnsent(false);
    if (!isConnected) {
      this.wasCurrent = false;
      if (copy.editor === null && now - copy.openedAt < PATIENCE_MS) {
        this.line.show({ kind: "opening" });
        this.later(PATIENCE_MS);
        return;
      }
      const words = this.unsent(copy).reduce((sum, fragment) => sum + countWords(fragment.text), 0);
      this.line.show({ kind: "offline", words, isUnsent: durable.hasUnsaved });
      return;
    }
    if (!durable.isCurrent || now - this.lastChange < QUIET_MS) {
      this.wasCurrent = false;
      this.line.show({ kind: "saving" });
      this.later(QUIET_MS);
      return;
    }
    if (!this.wasCurrent) this.savedAt = new Date();
    this.wasCurrent = true;
    this.line.show({ kind: "saved", at: this.savedAt });
  }

  private later(milliseconds: number): void {
    this.timer = setTimeout(() => {
      this.refresh();
    }, milliseconds);
  }
}

function firstSentence(words: string): string {
  return /^.*?[.!?](?=\s|$)/.exec(words)?.[0] ?? words;
}
