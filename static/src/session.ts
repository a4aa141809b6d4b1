// One person writing one section: opens the connection, mounts the editor after the first sync, keeps the save line
// true, and sees to it that a refusal never costs words. All decisions after an event are made here.

import * as Y from "yjs";
import { Connection } from "./connection";
import { Directory } from "./directory";
import { Editor } from "./editor";
import { button, element } from "./elements";
import type { Facts } from "./facts";
import type { KeptWords } from "./kept";
import type { KeptPanel } from "./keptpanel";
import { LinkedList } from "./linked";
import { People } from "./people";
import { fetchText, ReadingText } from "./reading";
import { outcomeOf, sentenceOf, waitBefore } from "./refusal";
import type { SaveLine } from "./savestatus";
import { ROOT, SCHEMA_VERSION } from "./schema";
import { LiveToken } from "./token";
import { unsaved, type Fragment } from "./unsaved";
import { countWords } from "./words";

const QUIET_MS = 600;
const PATIENCE_MS = 3_000;
const NOTE_EVERY_MS = 1_000;
const SETTLED_MS = 60_000;

/** One copy of the document with everything that hangs on it; thrown away as a whole. */
interface Copy {
  readonly doc: Y.Doc;
  readonly connection: Connection;
  readonly people: People;
  readonly openedAt: number;
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
    this.linked = new LinkedList(facts.section, this.directory);
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
    const doc = new Y.Doc();
    doc.getXmlFragment(ROOT);
    const address = new URL(this.facts.live, window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const openedAt = performance.now();
    const told = {
      changed: () => { this.refresh(); },
      synced: () => { this.synced(); },
      stateless: (message: Record<string, unknown>) => { this.heard(message); },
      closed: (code: string) => { this.refused(code, null); },
      signedOut: () => { this.refused("signed-out", null); },
    };
    const connection = new Connection(address.href, this.facts.document, doc, SCHEMA_VERSION, this.token, told);
    connection.awareness.setLocalStateField("user", { name: this.facts.name, role: this.facts.role });
    const people = new People(this.facts, doc, connection.awareness);
    this.copy = { doc, connection, people, openedAt, editor: null };
    this.lastMade = 0;
    this.refresh();
  }

  /** The server's whole text is here. */
  private synced(): void {
    const { copy } = this;
    if (copy === null || this.hasEnded) return;
    this.trouble = null;
    if (copy.editor !== null) return;
    const fragment = copy.doc.getXmlFragment(ROOT);
    this.unfreeze();
    copy.editor = new Editor({
      place: this.places.editor,
      toolbarPlace: this.places.toolbar,
      facts: this.facts,
      fragment,
      awareness: copy.connection.awareness,
      directory: this.directory,
      textChanged: (state) => { this.linked.show(state); },
    });
    if (this.caret !== null) copy.editor.focusAt(this.caret);
    this.caret = null;
    this.recoverUnsent(copy.editor.view.state.doc.textContent);
    this.panel.allowPutBack((fragments) => { copy.editor?.putBack(fragments); });
    this.refresh();
  }

  /** Words an earlier life of this page had not sent: kept aside unless the server has them after all. */
  private recoverUnsent(text: string): void {
    const missing = this.kept.takeUnsent().filter((fragment) => !text.includes(fragment.text.trim()));
    this.kept.add({ fragments: missing, reason: "This page was closed before they could be sent." });
  }

  private heard(message: Record<string, unknown>): void {
    if (message["type"] === "refused") {
      const code = typeof message["code"] === "string" ? message["code"] : "";
      this.refused(code, message["sentence"]);
    }
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
    const hasKept = this.keepAside(copy, words);
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
    this.line.show(hasKept ? { kind: "refused", sentence: "Your last words are kept aside above the text." } : { kind: "closed" });
    if (outcome === "read") void this.showReading(words);
    else this.showEnd(code, words);
  }

  /** Keeps aside what was not saved; was there anything? */
  private keepAside(copy: Copy, reason: string): boolean {
    const fragments = this.unsent(copy);
    this.kept.noteUnsent([]);
    this.kept.add({ fragments, reason: firstSentence(reason) });
    this.caret = fragments.length === 0 ? (copy.editor?.caret ?? null) : null;
    this.panel.allowPutBack(null);
    if (fragments.length > 0) this.panel.show(true);
    return fragments.length > 0;
  }

  /** Throws a copy away; what it showed stays to be read until the next one is there. */
  private drop(copy: Copy): void {
    const shown = copy.editor?.view.dom.cloneNode(true);
    copy.editor?.freeze();
    copy.editor?.end();
    copy.people.end();
    copy.connection.end();
    copy.doc.destroy();
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

  private async showReading(reason: string): Promise<void> {
    this.stopBeside();
    const place = this.places.editor;
    const why = element("div", { class: "app-locked", id: "lock-reason" }, element("p", { class: "govuk-body" }, reason));
    const offer = element("div", { class: "app-newer", role: "status" });
    place.before(why, offer);
    const found = await fetchText(this.facts.text, "");
    if (found !== null && found !== "same") {
      this.unfreeze();
      place.replaceChildren(...found.nodes);
      place.setAttribute("translate", "yes");
    }
    place.classList.remove("app-editor");
    place.classList.add("app-document--closed");
    new ReadingText(place, offer, this.facts.text, found === null || found === "same" ? "" : found.etag, 10);
  }

  private showEnd(code: string, reason: string): void {
    this.stopBeside();
    const next =
      code === "signed-out"
        ? element("a", { class: "govuk-link", href: "/sign-in" }, "Sign in again")
        : code === "stale-schema"
          ? button("Load the page again", "govuk-button", () => { window.location.reload(); })
          : element("a", { class: "govuk-link", href: "/plans" }, "Go to your plans");
    const why = element("div", { class: "app-locked", id: "lock-reason", tabindex: "-1" }, element("p", { class: "govuk-body" }, reason), next);
    this.places.editor.before(why);
    if (code !== "stale-schema" && code !== "signed-out") this.unfreeze();
  }

  private stopBeside(): void {
    this.directory.end();
    this.linked.end();
  }

  private unsent(copy: Copy): Fragment[] {
    const { durable } = copy.connection;
    return durable.hasUnsaved ? unsaved(copy.doc, durable.durableClock) : [];
  }

  private noteUnsent(isUrgent: boolean): void {
    const { copy } = this;
    if (copy === null || this.hasEnded) return;
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
    const { durable, isConnected } = copy.connection;
    const now = performance.now();
    if (durable.changes !== this.lastMade) {
      this.lastMade = durable.changes;
      this.lastChange = now;
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
