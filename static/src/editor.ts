// Mounts the editor on a synced document and takes it down again. It never mounts before the first sync: an editor on
// half a document would write what it thinks is missing.

import { inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { EditorState, TextSelection, type Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { initProseMirrorDoc, ySyncPlugin } from "y-prosemirror";
import { Anchor } from "./anchor";
import { carets } from "./carets";
import type { Directory } from "./directory";
import { element } from "./elements";
import type { Facts } from "./facts";
import { StandingGround } from "./ground";
import { HeldCaret } from "./holdcaret";
import { ItemDesk } from "./itemdesk";
import { keys } from "./keys";
import { labels } from "./labels";
import { paste } from "./paste";
import { putBack } from "./putback";
import { schema, type } from "./schema";
import { structureGuard } from "./structure";
import { Toolbar } from "./toolbar";
import { toolGroups } from "./tools";
import { ownUndo } from "./undo";
import { asOneStep } from "./undostep";
import type { Fragment } from "./unsaved";
import { nodeViews } from "./views";

export interface EditorParts {
  readonly place: HTMLElement;
  readonly toolbarPlace: HTMLElement;
  readonly facts: Facts;
  readonly fragment: Y.XmlFragment;
  readonly awareness: Awareness;
  readonly directory: Directory;
  /** The text changed, by anybody. */
  readonly textChanged: (state: EditorState) => void;
  /** Somebody else removed the block the caret was in, with these words of this person in it. */
  readonly lostGround: (words: readonly Fragment[], wasWriting: boolean) => void;
}

const HINT = "leave-hint";

function rules(): Plugin {
  return inputRules({
    rules: [
      wrappingInputRule(/^\s*[-*•]\s$/, type("bullet_list")),
      wrappingInputRule(/^\s*1[.)]\s$/, type("ordered_list")),
      textblockTypeInputRule(/^#\s$/, type("heading"), { level: "3" }),
      textblockTypeInputRule(/^##\s$/, type("heading"), { level: "4" }),
    ],
  });
}

export class Editor {
  readonly view: EditorView;
  private readonly toolbar: Toolbar;
  private readonly items: ItemDesk;
  private readonly hint: HTMLElement;
  private isMayWrite = true;

  constructor(private readonly parts: EditorParts) {
    const { place, facts, fragment, awareness, directory } = parts;
    const { doc, mapping } = initProseMirrorDoc(fragment, schema);
    const held = new HeldCaret();
    const anchor = new Anchor(held);
    const ground = new StandingGround();
    this.items = new ItemDesk(facts, directory, () => this.view);
    const plugins = [
      ySyncPlugin(fragment, { mapping }) as Plugin,
      held.plugin,
      ground.plugin,
      ...carets(awareness),
      ownUndo(fragment),
      structureGuard(),
      keys((backwards) => {
        this.leave(backwards);
      }),
      rules(),
      paste(),
      labels(facts.section),
    ];
    this.hint = element("p", { class: "govuk-visually-hidden", id: HINT }, "Press Escape and then Tab to leave the text.");
    place.before(this.hint);
    this.view = new EditorView(place, {
      state: EditorState.create({ doc, plugins }),
      nodeViews: nodeViews(this.items.open, directory),
      editable: () => this.isMayWrite,
      handleScrollToSelection: anchor.handleScrollToSelection,
      scrollMargin: { top: 150, right: 5, bottom: 60, left: 5 },
      scrollThreshold: { top: 150, right: 0, bottom: 60, left: 0 },
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-labelledby": "section-title",
        "aria-describedby": HINT,
        lang: "en-GB",
        spellcheck: "true",
        autocapitalize: "sentences",
        translate: "no",
      },
      dispatchTransaction: (tr) => {
        // The stock caret plugin tells of presence a moment late, which may be after the end.
        if (this.view.isDestroyed) return;
        const lost = ground.lost(tr);
        const wasWriting = this.view.hasFocus();
        // Before anything is drawn: a letter that is on its way now goes nowhere.
        if (lost !== null) this.view.dom.blur();
        anchor.apply(this.view, tr);
        this.toolbar.refresh();
        if (tr.docChanged) parts.textChanged(this.view.state);
        if (lost !== null) parts.lostGround(lost, wasWriting);
      },
    });
    this.toolbar = new Toolbar(parts.toolbarPlace, toolGroups(this.items.tool), this.view);
    this.items.showAddBar(place);
    parts.textChanged(this.view.state);
  }

  freeze(): void {
    this.isMayWrite = false;
    this.view.setProps({});
  }

  /** Puts words that were kept aside back, as one change that one undo takes away. */
  putBack(fragments: readonly Fragment[]): void {
    asOneStep(this.view, () => {
      this.view.dispatch(putBack(this.view.state, this.parts.facts.section, fragments));
    });
    this.view.focus();
  }

  get caret(): number | null {
    return this.view.hasFocus() ? this.view.state.selection.head : null;
  }

  focusAt(position: number): void {
    const { doc, tr } = this.view.state;
    this.view.dispatch(tr.setSelection(TextSelection.near(doc.resolve(Math.min(position, doc.content.size)))));
    this.view.dom.focus({ preventScroll: true });
  }

  end(): void {
    this.hint.remove();
    this.toolbar.end();
    this.items.end();
    this.view.destroy();
  }

  /** Tab after Escape: forwards to what follows the text, backwards to the tools before it. */
  private leave(backwards: boolean): void {
    if (backwards) {
      this.toolbar.focus();
      return;
    }
    this.items.focusAddBar();
  }
}
