// Answering the other side's wording with wording of one's own: their words copied, the key that was pressed applied, and
// the difference shown while it is written. Nothing is proposed before the person says so.

import { open } from "../../dialogs";
import { button, element } from "../../elements";
import { FIELD_LABELS } from "../../schema";
import type { Meant } from "../editor/meant";
import type { ProposalRecord } from "../records";
import { sideName } from "../saying";
import { wordDiff } from "../worddiff";
import { diffed } from "./card";

/** Asks for the wording of an answer that begins as `record`; `given` gets it as it was written. */
export function askWording(number: string, other: ProposalRecord, record: ProposalRecord, meant: Meant | null, given: (record: ProposalRecord) => void): void {
  const before = wordsOf(other);
  const areas = new Map<string, HTMLTextAreaElement>();
  const difference = element("p", { class: "app-rl-card__answer", "aria-live": "polite", translate: "no" });
  const rows: Node[] = [];
  for (const [part, words] of Object.entries(before)) {
    const area = element("textarea", { class: "govuk-textarea rl-wording", id: `wording-${part}`, rows: words.length > 120 ? "5" : "3", lang: "en-GB", spellcheck: "true", translate: "no" });
    area.value = meant?.part === part ? meant.wording : words;
    areas.set(part, area);
    area.addEventListener("input", show);
    rows.push(element("div", { class: "govuk-form-group" }, element("label", { class: "govuk-label", for: area.id }, labelOf(part)), area));
  }
  const lead = `These are ${sideName(other.side)}\u2019s words (${number}). You cannot change them, but you can propose other wording for the same place. Both stay visible.`;
  const box = open("Propose other wording", element("p", { class: "govuk-body" }, lead), ...rows, element("p", { class: "govuk-hint" }, "Compared with their wording:"), difference);
  const yes = button("Propose this wording", "govuk-button", () => {
    box.close();
    const wordings = Object.fromEntries([...areas].map(([part, area]) => [part, area.value]));
    given(record.type === "new" ? { ...record, on: true, words: wordings } : record.type === "text" ? { ...record, wording: wordings["wording"] ?? "" } : record);
  });
  box.append(element("div", { class: "box-row" }, yes, button("Close", "govuk-button govuk-button--secondary", () => { box.close(); })));
  const first = areas.get(meant?.part ?? "wording") ?? [...areas.values()][0];
  first?.focus();
  if (first !== undefined) first.setSelectionRange(meant?.caret ?? first.value.length, meant?.caret ?? first.value.length);
  show();

  function show(): void {
    const parts = [...areas].flatMap(([part, area], place) => [...(place === 0 ? [] : ["\n"]), ...diffed(wordDiff(before[part] ?? "", area.value))]);
    difference.replaceChildren(...parts);
    const isSame = [...areas].every(([part, area]) => area.value === before[part]);
    yes.disabled = isSame || [...areas.values()].every((area) => area.value.trim() === "");
  }
}

function wordsOf(record: ProposalRecord): Record<string, string> {
  if (record.type === "text") return { wording: record.wording };
  return record.type === "new" && Object.keys(record.words).length > 0 ? { ...record.words } : { wording: "" };
}

function labelOf(part: string): string {
  if (part === "wording") return "Your wording";
  const name = part.replace(/^w_/, "");
  return name === "text" ? "More" : (FIELD_LABELS[name] ?? `Column ${Number(name.slice(1)) + 1}`);
}
