// Shows the words that were kept aside, until the person has put them back or said that they have them elsewhere.

import { button, byId, element } from "./elements";
import type { Kept, KeptWords } from "./kept";
import type { Fragment } from "./unsaved";

export type PutBack = (fragments: readonly Fragment[]) => void;

export class KeptPanel {
  private putBack: PutBack | null = null;
  private panel = byId("kept-aside");

  constructor(
    private readonly kept: KeptWords,
    /** Where the panel goes on a page that has no place for it. */
    private readonly otherwiseBefore: HTMLElement | null = null,
  ) {}

  /** With a way to put words back while the section can be written, without one while it cannot. */
  allowPutBack(putBack: PutBack | null): void {
    this.putBack = putBack;
    this.show(false);
  }

  /** Draws the panel from what is kept; takes the focus there when the words were just kept aside. */
  show(isNews: boolean): void {
    const all = this.kept.all();
    if (this.panel === null && all.length > 0 && this.otherwiseBefore !== null) this.panel = makePanel(this.otherwiseBefore);
    const body = byId("kept-aside-body");
    if (this.panel === null || body === null) return;
    this.panel.hidden = all.length === 0;
    if (all.length === 0) {
      body.replaceChildren();
      return;
    }
    const parts: HTMLElement[] = [];
    for (const one of all) parts.push(element("p", { class: "govuk-body" }, lead(one)), ...one.fragments.map(quoted));
    body.replaceChildren(...parts, this.actions(all));
    if (isNews) this.panel.focus({ preventScroll: false });
  }

  private actions(all: readonly Kept[]): HTMLElement {
    const said = element("span", { class: "kept-said", role: "status" });
    const row = element("div", { class: "kept-actions" });
    const putBack = this.putBack;
    if (putBack !== null) {
      row.append(
        button("Put them back", "govuk-button", () => {
          this.kept.clear();
          this.show(false);
          putBack(all.flatMap((one) => one.fragments));
        }),
      );
    }
    const words = all.flatMap((one) => one.fragments.map((fragment) => fragment.text)).join("\n\n");
    row.append(
      button("Copy them", "govuk-button govuk-button--secondary", () => void copy(words, said)),
      button("I have kept them elsewhere", "govuk-button govuk-button--secondary", () => {
        this.kept.clear();
        this.show(false);
      }),
      said,
    );
    return row;
  }
}

function lead(kept: Kept): string {
  if (kept.isRemoved === true) return `${kept.reason} These words of yours were in it.`;
  return `These words were not saved. ${kept.reason}`.trim();
}

function quoted(fragment: Fragment): HTMLElement {
  return element("blockquote", { class: "kept-words", translate: "no" }, fragment.text);
}

async function copy(words: string, said: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    said.textContent = "Copied.";
  } catch (error) {
    if (!(error instanceof DOMException) && !(error instanceof TypeError)) throw error;
    said.textContent = "Your browser did not allow copying. Select the words and copy them by hand.";
  }
}

function makePanel(before: HTMLElement): HTMLElement {
  const panel = element(
    "section",
    { class: "app-kept", id: "kept-aside", "aria-labelledby": "kept-aside-title", tabindex: "-1" },
    element("h2", { class: "govuk-heading-s", id: "kept-aside-title" }, "Your words, kept aside"),
    element("div", { id: "kept-aside-body" }),
  );
  before.before(panel);
  return panel;
}
