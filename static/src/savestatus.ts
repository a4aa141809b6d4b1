// The save line: "Saved 10:42", "Saving", "Not connected: 14 words kept on this device", "Not saved". Always true.
// Sighted readers see every change; a screen reader is told only when the kind of state changes, and never "Saving".

import { byId, element } from "./elements";
import { inWords } from "./words";

export type SaveState =
  | { readonly kind: "opening" }
  | { readonly kind: "saved"; readonly at: Date }
  | { readonly kind: "saving" }
  | { readonly kind: "offline"; readonly words: number; readonly isUnsent: boolean }
  | { readonly kind: "refused"; readonly sentence: string }
  /** The section cannot be written now, and nothing is waiting. */
  | { readonly kind: "closed"; readonly sentence: string };

export function saveWords(state: SaveState): string {
  switch (state.kind) {
    case "opening":
      return "Opening the text";
    case "saved":
      return `Saved ${clock(state.at)}`;
    case "saving":
      return "Saving";
    case "offline":
      if (state.words > 0) return `Not connected: ${inWords(state.words)} kept on this device`;
      return state.isUnsent ? "Not connected: your changes are kept on this device" : "Not connected";
    case "refused":
      return "Not saved";
    case "closed":
      return "Not open for writing now";
  }
}

/** The sentence beside the save line; empty when all is well. It holds no number, so that it is not read out again. */
export function noteWords(state: SaveState): string {
  if (state.kind === "refused" || state.kind === "closed") return state.sentence;
  if (state.kind !== "offline") return "";
  return state.isUnsent
    ? "Keep typing, and keep this page open. We will send your words when you are back."
    : "Keep typing. We will send your words when you are back.";
}

/** On a phone only the first sentence of what to do while offline is shown: a bar that grows covers the text. */
function noteParts(note: string): (Node | string)[] {
  const [, first, rest] = /^(Keep typing[^.]*\.)(.+)$/.exec(note) ?? [];
  if (first === undefined || rest === undefined) return [note];
  return [first, element("span", { class: "note-rest" }, rest)];
}

function clock(at: Date): string {
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

export class SaveLine {
  private readonly line = byId("save-status");
  private readonly note = byId("connection-note");
  private readonly spoken = element("p", { class: "govuk-visually-hidden", role: "status" });
  private told = "";
  private before: SaveState["kind"] = "opening";

  constructor() {
    for (const part of [this.line, this.note]) part?.removeAttribute("role");
    this.line?.after(this.spoken);
  }

  show(state: SaveState): void {
    const words = saveWords(state);
    if (this.line !== null) {
      if (this.line.textContent !== words) this.line.textContent = words;
      this.line.dataset["state"] = state.kind;
    }
    const note = noteWords(state) || this.told;
    if (this.note !== null && this.note.textContent !== note) this.note.replaceChildren(...noteParts(note));
    this.speak(state);
  }

  /** Something else to know, shown while the state itself needs no note; nothing takes it away again. */
  tell(words: string): void {
    if (this.told === words) return;
    this.told = words;
    this.note?.replaceChildren(words);
    if (words !== "") this.spoken.textContent = words;
  }

  private speak(state: SaveState): void {
    if (state.kind === "saving" || state.kind === "opening" || state.kind === this.before) return;
    const wasWrong = this.before === "offline" || this.before === "refused";
    if (state.kind === "offline") this.spoken.textContent = `Not connected. ${noteWords(state)}`;
    else if (state.kind === "closed") this.spoken.textContent = `You cannot write here now. ${state.sentence}`;
    else if (state.kind === "refused") this.spoken.textContent = `Not saved. ${state.sentence}`;
    else if (wasWrong) this.spoken.textContent = "Connected again. Everything you wrote is saved.";
    this.before = state.kind;
  }
}
