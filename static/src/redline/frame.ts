// The places of the working page: views and switches above, the text, the cards beside it. Built inside #working, so
// that the server's page only has to name where it goes.

import { byId, element } from "../elements";

export interface Frame {
  readonly root: HTMLElement;
  readonly bar: HTMLElement;
  readonly views: HTMLElement;
  readonly switches: HTMLElement;
  readonly toolbar: HTMLElement;
  readonly notice: HTMLElement;
  readonly columns: HTMLElement;
  /** Holds the text while it can be written, and what other views show. */
  readonly text: HTMLElement;
  readonly reading: HTMLElement;
  readonly side: HTMLElement;
  readonly spoken: HTMLElement;
  readonly here: HTMLElement;
}

export const TEXT_TITLE = "working-text-title";
export const LEAVE_HINT = "working-leave-hint";

export function frameIn(root: HTMLElement): Frame {
  const made = {
    root,
    bar: element("div", { class: "app-rl-bar" }),
    views: element("div", { class: "app-rl-bar__views", role: "group", "aria-label": "Ways to look at the section" }),
    switches: element("div", { class: "app-rl-tools" }),
    toolbar: element("div", { class: "app-toolbar rl-toolbar", id: "toolbar", role: "toolbar", "aria-label": "Writing tools", hidden: true }),
    notice: element("div", { class: "rl-notice", role: "status" }),
    columns: element("div", { class: "app-working__columns rl-columns" }),
    text: element("div", { class: "app-document app-rl-text app-editor", translate: "no" }),
    reading: element("div", { class: "app-document app-rl-text rl-reading", hidden: true, tabindex: "-1" }),
    side: element("section", { class: "app-working__side", "aria-labelledby": "working-cards-title" }, element("h2", { class: "govuk-visually-hidden", id: "working-cards-title" }, "Proposals, in the order of the text")),
    spoken: element("p", { class: "govuk-visually-hidden", "aria-live": "polite" }),
    here: element("p", { class: "rl-here govuk-body-s" }),
  };
  const title = element("h2", { class: "govuk-visually-hidden", id: TEXT_TITLE }, "The text with all proposals");
  const hint = element("p", { class: "govuk-visually-hidden", id: LEAVE_HINT }, "Press Escape and then Tab to leave the text. Alt and the slash key describe the change at the cursor.");
  const column = element("div", { class: "app-working__text" }, title, hint, made.text, made.reading);
  made.bar.append(made.views, made.switches);
  made.columns.append(column, made.side);
  root.classList.add("app-working");
  root.replaceChildren(...statusLine(), made.bar, made.here, made.toolbar, made.notice, made.columns, made.spoken);
  return made;
}

/** The save line, where the server's page has none. */
function statusLine(): Node[] {
  if (byId("save-status") !== null) return [];
  const line = element("p", { class: "app-save", id: "save-status", role: "status", "data-state": "opening" }, "Opening the text");
  return [element("div", { class: "rl-safe" }, line, element("p", { class: "app-save__note", id: "connection-note", role: "status" }))];
}
