// The composed text on the page. The document is always what the board shows: whatever a person does becomes one act
// of the engine, is written in their own layer, and comes back the same way as other people's changes do.

import type { Node } from "prosemirror-model";
import { AllSelection, EditorState, TextSelection, type Plugin, type Transaction } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { counter, enter, replaceShown, stepBack, stepForward, withdrawn, type Outcome, type Spot, type State } from "../acts";
import { readCaret } from "../../movedcaret";
import { anchorOf, offsetOf, type Anchor } from "../anchors";
import type { Board, Cause } from "../board";
import type { ProposalRecord } from "../records";
import { reduced } from "../reduce";
import { Composing, type Composed } from "./composing";
import { drawn, recompose } from "./draw";
import { itemViews } from "./itemview";
import { blockOf, keysAt, positionOf, spotAt } from "./places";
import { asWritten, type Meant } from "./meant";

/** What the page around the text is asked and told. */
export interface Host {
  /** A key on the other side's words: `isTyped` where the person meant to write there, not only to pass. */
  readonly offer: (meant: Meant, isTyped: boolean) => void;
  /** This would change what is agreed; `go` does it. */
  readonly askAgreed: (keys: readonly string[], go: () => void) => void;
  readonly say: (words: string) => void;
  readonly openItem: (id: string) => void;
  /** The proposals at the caret, whenever it moved. */
  readonly atCaret: (keys: readonly string[]) => void;
  readonly drawn: () => void;
}

export interface Parts {
  readonly place: HTMLElement;
  readonly board: Board;
  readonly host: Host;
  readonly plugins: readonly Plugin[];
  readonly label: string;
  readonly describedBy: string;
}

const OURS = "recomposed";

export class Redliner {
  readonly view: EditorView;
  private readonly board: Board;
  private readonly composing: Composing;
  private readonly stop: () => void;
  private readonly allowed = new Set<string>();
  private held: { readonly anchor: Anchor; readonly head: Anchor } | null = null;

  constructor(private readonly parts: Parts) {
    const { board } = parts;
    this.board = board;
    this.composing = new Composing({
      textOf: (block) => blockOf(this.view.state.doc, block)?.node.textContent ?? null,
      runs: (block) => board.runs(block),
      done: (composed) => { this.composed(composed); },
    });
    this.view = new EditorView(parts.place, {
      state: EditorState.create({ doc: this.target(), plugins: [...parts.plugins] }),
      nodeViews: itemViews((id) => { parts.host.openItem(id); }),
      editable: () => board.mayWrite,
      scrollMargin: { top: 150, right: 5, bottom: 60, left: 5 },
      scrollThreshold: { top: 150, right: 0, bottom: 60, left: 0 },
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-labelledby": parts.label,
        "aria-describedby": parts.describedBy,
        lang: "en-GB",
        spellcheck: "true",
        autocapitalize: "sentences",
        translate: "no",
      },
      dispatchTransaction: (tr) => { this.dispatched(tr); },
      handleTextInput: (_view, from, to, text) => this.typed(from, to, text),
      handlePaste: (_view, event) => {
        this.paste(event.clipboardData?.getData("text/plain") ?? "");
        return true;
      },
      handleDrop: () => {
        parts.host.say("Words cannot be dragged here. Copy them and paste them instead.");
        return true;
      },
      handleDOMEvents: {
        compositionstart: () => this.compositionStarts(),
        compositionend: () => {
          this.composing.end();
          return false;
        },
        keydown: readCaret,
        beforeinput: (view, event) => {
          readCaret(view, event);
          return this.beforeInput(event);
        },
        blur: () => {
          this.composing.flush();
          return false;
        },
      },
    });
    this.stop = board.onChange((cause) => { this.refresh(cause); });
    this.remember();
    parts.host.drawn();
  }

  end(): void {
    this.stop();
    this.view.destroy();
  }

  // What a person does ------------------------------------------------------------------------------------------------

  /** Replaces the selection, or what one key takes, by text. */
  replace(text: string, towards: "start" | "end" = "start", range: readonly [Spot, Spot] | null = this.selection()): void {
    if (range === null) return;
    const [from, to] = range;
    this.act((state) => replaceShown(state, from, to, text, towards), { from, to, text });
  }

  backspace(unit: "character" | "word" = "character"): void {
    this.remove((text, runs, offset, me) => {
      const [from, to] = stepBack(runs, offset, me);
      return unit === "word" && to - from <= 1 ? [wordStart(text, offset), offset] : [from, to];
    }, "start");
  }

  delete(unit: "character" | "word" = "character"): void {
    this.remove((text, runs, offset, me) => {
      const [from, to] = stepForward(runs, offset, me);
      return unit === "word" && to - from <= 1 ? [offset, wordEnd(text, offset)] : [from, to];
    }, "end");
  }

  enter(): void {
    const range = this.selection();
    if (range === null) return;
    const [from, to] = range;
    if (from.block !== to.block || from.offset !== to.offset) this.replace("\n", "start", range);
    else this.act((state) => enter(state, from), { from, to, text: "\n" });
  }

  /** Does an act, asks where it would change what is agreed, and offers an answer where it met the other side's words. */
  act(run: (state: State) => Outcome, meant: { from: Spot; to: Spot; text: string } | null = null): void {
    this.composing.flush();
    const state = this.board.state();
    if (state === null || !this.board.mayWrite) return;
    const outcome = run(state);
    const agreed = outcome.writes.map((record) => record.key).filter((key) => this.board.status(key) === "agreed" && !this.allowed.has(key));
    if (agreed.length > 0) {
      this.parts.host.askAgreed(agreed, () => {
        for (const key of agreed) this.allowed.add(key);
        this.view.focus();
        this.act(run, meant);
      });
      return;
    }
    const shown = this.board.shown();
    this.board.write(outcome.writes);
    this.caretTo(outcome.caret);
    const key = outcome.offers[0];
    if (key === undefined || meant === null) return;
    const isTyped = outcome.writes.length === 0 && meant.text !== "";
    this.parts.host.offer(asWritten(shown, key, meant), isTyped);
  }

  /** Writes records as one step of undo, for example what a dialog decided. */
  propose(records: readonly ProposalRecord[]): void {
    this.board.newStep();
    this.act(() => ({ writes: records, caret: this.selection()?.[1] ?? { block: "", offset: 0 }, offers: [] }));
    this.board.newStep();
  }

  withdraw(key: string): void {
    const record = this.board.known().get(key);
    if (record !== undefined && record.side === this.board.me) this.propose([withdrawn(record)]);
  }

  answer(key: string, hash: string): ProposalRecord | null {
    const state = this.board.state();
    return state === null ? null : counter(state, key, hash);
  }

  undo(): void {
    this.composing.flush();
    if (!this.board.undo()) this.parts.host.say("There is nothing of yours to undo.");
  }

  redo(): void {
    this.composing.flush();
    if (!this.board.redo()) this.parts.host.say("There is nothing to redo.");
  }

  paste(text: string): void {
    this.board.newStep();
    if (text !== "") this.replace(text);
    this.board.newStep();
  }

  // Where it is -------------------------------------------------------------------------------------------------------

  /** The selection as places of the text; the first comes first. */
  selection(): readonly [Spot, Spot] | null {
    const { selection, doc } = this.view.state;
    const from = spotAt(doc, selection.from, "after");
    const to = spotAt(doc, selection.to, "before") ?? from;
    if (from === null || to === null) return null;
    return selection.empty ? [from, from] : [from, to];
  }

  /** The anchors of the caret, to be told to others. */
  caret(): { anchor: Anchor; head: Anchor } | null {
    return this.held;
  }

  caretTo(spot: Spot): void {
    const { state } = this.view;
    const at = positionOf(state.doc, spot);
    if (at === null) return;
    this.view.dispatch(state.tr.setSelection(TextSelection.create(state.doc, at)).scrollIntoView());
  }

  select(position: number): void {
    const { state } = this.view;
    const near = TextSelection.near(state.doc.resolve(Math.min(position + 1, state.doc.content.size)), 1);
    this.view.dispatch(state.tr.setSelection(near).scrollIntoView());
    this.view.focus();
  }

  // How it comes back -------------------------------------------------------------------------------------------------

  private target(before: Node | null = null) {
    const { frozen } = this.composing;
    const block = frozen === null ? null : blockOf(this.view.state.doc, frozen);
    const kept = block === null || frozen === null ? undefined : new Map([[frozen, block.node]]);
    return drawn(this.board.shown(), this.board.standing, this.board.baseline.section, kept, before);
  }

  /** Makes the page show what the board shows; the caret stays behind the character it was behind. */
  private refresh(cause: Cause): void {
    const { state } = this.view;
    const tr = state.tr.setMeta(OURS, true).setMeta("addToHistory", false);
    const target = this.target(state.doc);
    const changed = recompose(tr, target);
    if (changed === null) return;
    if (!tr.doc.eq(target)) throw new Error("the page does not show what the records say");
    if (cause === "undo") tr.setSelection(TextSelection.near(tr.doc.resolve(Math.min(changed.to, tr.doc.content.size)), -1)).scrollIntoView();
    else this.hold(tr);
    this.dispatched(tr);
    this.parts.host.drawn();
  }

  private hold(tr: Transaction): void {
    const { held } = this;
    if (held === null || this.composing.frozen !== null) return;
    const place = (anchor: Anchor) => positionOf(tr.doc, { block: anchor.block, offset: offsetOf(anchor, this.board.runs(anchor.block)) });
    const [anchor, head] = [place(held.anchor), place(held.head)];
    if (anchor === null || head === null) return;
    if (!(this.view.state.selection instanceof AllSelection)) tr.setSelection(TextSelection.create(tr.doc, anchor, head));
  }

  private dispatched(tr: Transaction): void {
    if (this.view.isDestroyed) return;
    const isPlain = !tr.docChanged || tr.getMeta(OURS) === true || this.composing.frozen !== null;
    if (!isPlain) {
      if (tr.getMeta("uiEvent") === "cut") {
        this.replace("");
        return;
      }
      const act = reduced(tr);
      const from = act === null ? null : spotAt(this.view.state.doc, act.from, "after");
      const to = act === null ? null : act.to === act.from ? from : spotAt(this.view.state.doc, act.to, "before");
      if (act !== null && from !== null && to !== null) this.replace(act.text, "start", [from, to]);
      return;
    }
    this.view.updateState(this.view.state.apply(tr));
    if (!tr.docChanged && !tr.selectionSet) return;
    this.remember();
    this.parts.host.atCaret(keysAt(this.view.state.doc, this.view.state.selection.head));
  }

  private remember(): void {
    if (this.composing.frozen !== null) return;
    const { selection, doc } = this.view.state;
    const anchored = (position: number): Anchor | null => {
      const spot = spotAt(doc, position);
      return spot === null ? null : anchorOf(spot.block, this.board.runs(spot.block), spot.offset);
    };
    const [anchor, head] = [anchored(selection.anchor), anchored(selection.head)];
    this.held = anchor === null || head === null ? null : { anchor, head };
  }

  // What the browser does ---------------------------------------------------------------------------------------------

  private typed(from: number, to: number, text: string): boolean {
    if (this.composing.frozen !== null) return false;
    const { doc } = this.view.state;
    const start = spotAt(doc, from);
    const end = from === to ? start : spotAt(doc, to, "before");
    if (start === null || end === null) return true;
    this.replace(text, "start", [start, end]);
    return true;
  }

  private remove(reach: Reach, towards: "start" | "end"): void {
    this.composing.flush();
    const range = this.selection();
    const { me } = this.board;
    if (range === null || me === null) return;
    const [from, to] = range;
    if (from.block !== to.block || from.offset !== to.offset) {
      this.replace("", towards, range);
      return;
    }
    const runs = this.board.runs(from.block);
    const [start, end] = reach(runs.map((run) => run.text).join(""), runs, from.offset, me);
    if (start === end) this.atEdge(from, towards);
    else this.replace("", towards, [{ ...from, offset: start }, { ...from, offset: end }]);
  }

  /** Backspace at the beginning of a block, Delete at its end. */
  private atEdge(spot: Spot, towards: "start" | "end"): void {
    const { doc } = this.view.state;
    const block = blockOf(doc, spot.block);
    if (block === null) return;
    const record = this.board.known().get(spot.block.split("#")[0] ?? "");
    const isEmptyOwn = record?.type === "new" && record.side === this.board.me && Object.values(record.words).join("") === "";
    if (isEmptyOwn) {
      const before = spotAt(doc, block.at, "before");
      this.withdraw(record.key);
      if (before !== null) this.caretTo(before);
    } else if (towards === "start") {
      this.parts.host.say("Two paragraphs cannot be joined here. Strike one and write its words into the other.");
    }
  }

  private compositionStarts(): boolean {
    const range = this.selection();
    if (range === null || !this.board.mayWrite) return false;
    if (range[0].block !== range[1].block) this.replace("", "start", range);
    this.composing.start(range[0].block);
    return false;
  }

  private composed(composed: Composed | null): void {
    this.refresh("own");
    if (composed === null) return;
    const { block, from, to, text } = composed;
    this.replace(text, "start", [{ block, offset: from }, { block, offset: to }]);
  }

  /** Keyboards that send no keys (phones), and the browser's own menu. */
  private beforeInput(event: InputEvent): boolean {
    if (event.isComposing || this.composing.frozen !== null) return false;
    const acts: Readonly<Record<string, () => void>> = {
      deleteContentBackward: () => { this.backspace(); },
      deleteContentForward: () => { this.delete(); },
      deleteWordBackward: () => { this.backspace("word"); },
      deleteWordForward: () => { this.delete("word"); },
      insertParagraph: () => { this.enter(); },
      insertLineBreak: () => { this.replace("\n"); },
      historyUndo: () => { this.undo(); },
      historyRedo: () => { this.redo(); },
    };
    const act = acts[event.inputType];
    if (act === undefined && !event.inputType.startsWith("format")) return false;
    event.preventDefault();
    act?.();
    return true;
  }
}

type Reach = (text: string, runs: Parameters<typeof stepBack>[0], offset: number, me: string) => readonly [number, number];

function wordStart(text: string, offset: number): number {
  return offset - (/\S*\s*$/.exec(text.slice(0, offset))?.[0].length ?? 0);
}

function wordEnd(text: string, offset: number): number {
  return offset + (/^\s*\S*/.exec(text.slice(offset))?.[0].length ?? 0);
}
