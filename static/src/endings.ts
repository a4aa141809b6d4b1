// What stays of the writing page when this person may write no more: the text to read with the reason above it, or the
// reason alone. Whatever is dead is taken away, and nothing points to it.

import { button, byId, element } from "./elements";
import { ReadingText, type Rendered } from "./reading";

function lockedBox(reason: string, ...next: Node[]): HTMLElement {
  return element("div", { class: "app-locked", id: "lock-reason", tabindex: "-1" }, element("p", { class: "govuk-body" }, reason), ...next);
}

function hide(selector: string): void {
  for (const part of document.querySelectorAll<HTMLElement>(selector)) part.hidden = true;
}

/** Nobody is followed any more, and links are not kept up to date. */
function hideWhatWasLive(): void {
  for (const id of ["people-here", "linked-items"]) {
    const section = byId(id)?.closest("section");
    if (section instanceof HTMLElement) section.hidden = true;
  }
  hide("#caret-switch");
  hide('.app-write__jumps a[href="#people-here-title"]');
}

/** The text as the server has it now, and the offer of newer text; `found` comes when it can be had. */
export async function showReading(place: HTMLElement, reason: string, address: string, found: Promise<Rendered | "same" | null>): Promise<boolean> {
  hideWhatWasLive();
  const offer = element("div", { class: "app-newer", role: "status" });
  const box = lockedBox(reason);
  place.before(box, offer);
  const text = await found;
  const isThere = text !== null && text !== "same";
  if (isThere) {
    place.replaceChildren(...text.nodes);
    place.setAttribute("translate", "yes");
  }
  place.classList.remove("app-editor");
  place.classList.add("app-document--closed");
  // A person at the end of a text that grew shorter would look at something else altogether.
  if (place.getBoundingClientRect().bottom < window.innerHeight / 2) lookAt(box);
  new ReadingText(place, offer, address, isThere ? text.etag : "", 10);
  return isThere;
}

/** Brings the reason to where the person looks: what was there before it is gone, and the page is shorter. */
export function lookAt(box: HTMLElement): void {
  box.scrollIntoView({ block: "center", behavior: "instant" });
  if (document.activeElement === document.body) box.focus({ preventScroll: true });
}

export function showEnd(place: HTMLElement, code: string, reason: string): HTMLElement {
  hideWhatWasLive();
  if (code !== "stale-schema") hide(".app-write__nav, .app-write__next, .app-write__side, .app-write__jumps");
  if (code === "not-on-plan" || code === "unknown-document") hide(".app-write__back");
  const next =
    code === "signed-out"
      ? element("a", { class: "govuk-link", href: "/sign-in" }, "Sign in again")
      : code === "stale-schema"
        ? button("Load the page again", "govuk-button", () => { window.location.reload(); })
        : element("a", { class: "govuk-link", href: "/plans" }, "Go to your plans");
  const box = lockedBox(reason, next);
  place.before(box);
  return box;
}
