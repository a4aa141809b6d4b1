// Agreeing, not agreeing, asking the panel: always with the exact words in sight, how the passage then reads, and who
// still has to confirm. What is sent is the hash of what was shown, so nobody agrees to words they have not seen.

import { open } from "../../dialogs";
import { button, element, hidden } from "../../elements";
import type { Board } from "../board";
import type { Proposal, Working } from "../facts";
import { added, capital, sideName, takenOut } from "../saying";
import type { Answer } from "../server";

export type Act = "agree" | "disagree" | "panel" | "panel-approved" | "panel-declined";

const TITLES: Readonly<Record<Act, string>> = { agree: "Agree to", disagree: "Do not agree to", panel: "Ask the panel about", "panel-approved": "The panel approved", "panel-declined": "The panel declined" };
const YES: Readonly<Record<Act, string>> = { agree: "Agree to these words", disagree: "Do not agree", panel: "Ask the panel", "panel-approved": "Record that it approved", "panel-declined": "Record that it declined" };

export interface Asked {
  readonly act: Act;
  readonly proposals: readonly Proposal[];
  readonly board: Board;
  readonly working: Working;
  readonly send: (proposals: readonly { key: string; hash: string }[], reason: string) => Promise<Answer<unknown>>;
  readonly done: () => void;
}

/** Shows what is decided and sends it; a refusal is said in the dialog, and nothing is lost. */
export function askDecision(asked: Asked): void {
  const { act, proposals, board, working } = asked;
  const numbers = proposals.map((one) => one.number).join(", ");
  const shown = proposals.map(({ key, hash }) => ({ key, hash }));
  const error = element("p", { class: "govuk-error-message", role: "alert" });
  const parts: Node[] = [];
  for (const proposal of proposals) parts.push(...wordsOf(proposal, board));
  if (!act.startsWith("panel")) parts.push(element("p", { class: "govuk-body" }, element("strong", {}, waiting(act, proposals, working))));
  const reason = element("textarea", { class: "govuk-textarea", id: "decide-reason", rows: "2" });
  if (act !== "agree") {
    const words = act === "panel" ? "What the panel is asked (optional)" : act === "disagree" ? "Why does your side not agree? Both sides can read it" : "What it said (optional). Both sides can read it";
    parts.push(element("div", { class: "govuk-form-group" }, element("label", { class: "govuk-label", for: "decide-reason" }, words), reason));
  }
  const box = open(`${TITLES[act]} ${numbers}`, ...parts, error);
  box.classList.add("rl-decide");
  const yes = button(YES[act], act === "disagree" || act === "panel-declined" ? "govuk-button govuk-button--warning" : "govuk-button", () => void send());
  const no = button("Close", "govuk-button govuk-button--secondary", () => { box.close(); });
  box.append(element("div", { class: "box-row" }, yes, no));
  (act === "disagree" ? reason : no).focus();

  async function send(): Promise<void> {
    yes.disabled = true;
    error.replaceChildren();
    const answer = await asked.send(shown, reason.value.trim());
    yes.disabled = false;
    if (answer.ok) {
      box.close();
      asked.done();
      return;
    }
    error.replaceChildren(hidden("Error: "), answer.sentence);
    yes.focus();
  }
}

function wordsOf(proposal: Proposal, board: Board): Node[] {
  const record = board.known().get(proposal.key);
  const found: Node[] = [element("p", { class: "govuk-body" }, element("strong", {}, `${proposal.number}, ${proposal.place}`))];
  if (record !== undefined) {
    const [out, into] = [takenOut(board, record), added(record)];
    const rows: Node[] = [];
    if (out !== "") rows.push(element("del", { class: "app-rl-out" }, hidden("Taken out: "), out));
    if (into !== "") rows.push(element("ins", { class: "app-rl-in" }, hidden("Put in: "), into));
    found.push(element("p", { class: "app-rl-words", translate: "no" }, ...rows.flatMap((row, place) => (place === 0 ? [row] : [" ", row]))));
  }
  if (proposal.reads_as.length > 0) {
    const reads = proposal.reads_as.map((words) => element("p", { class: "app-rl-words" }, words));
    found.push(element("p", { class: "govuk-body" }, "With this it reads:"), element("div", { class: "app-rl-reading", translate: "no" }, ...reads));
  }
  return found;
}

/** Who still has to say yes after this. */
function waiting(act: Act, proposals: readonly Proposal[], working: Working): string {
  if (act === "disagree") return "The other side is told. The words stay as a proposal.";
  const sides = (["family", "authority"] as const).filter((side) => side !== working.me.side && proposals.some((one) => !one.confirmations.some((yes) => yes.side === side)));
  if (sides.length === 0) return "The other side has agreed already. With your yes it is agreed by both.";
  return `${capital(sides.map(sideName).join(" and "))} still ${sides.length === 1 ? "has" : "have"} to agree. Until then it stays a proposal.`;
}

export interface EvidenceFields {
  readonly save: (values: Readonly<Record<string, string | null>>) => Promise<Answer<unknown>>;
  readonly done: () => void;
}

const FIELDS: readonly (readonly [string, string, string])[] = [
  ["document", "Document", "For example: Speech and language report"],
  ["author", "Who wrote it", ""],
  ["role", "Their role", "For example: Educational psychologist"],
  ["dated", "Date on it", "For example: 2026-02-28"],
  ["page", "Page", ""],
  ["paragraph", "Paragraph", ""],
];

/** Asks for a piece of evidence. */
export function askEvidence(number: string, fields: EvidenceFields): void {
  const inputs = new Map<string, HTMLInputElement>();
  const rows = FIELDS.map(([name, label, hint]) => {
    const input = element("input", { class: `govuk-input${["page", "paragraph", "dated"].includes(name) ? " govuk-input--width-10" : ""}`, id: `evidence-${name}`, type: name === "dated" ? "date" : "text", autocomplete: "off" });
    inputs.set(name, input);
    const parts: Node[] = [element("label", { class: "govuk-label", for: input.id }, label)];
    if (hint !== "" && name !== "dated") parts.push(element("p", { class: "govuk-hint" }, hint));
    return element("div", { class: "govuk-form-group" }, ...parts, input);
  });
  askForm(`Add evidence for ${number}`, rows, "Add it", () => fields.save(Object.fromEntries([...inputs].map(([name, input]) => [name, name === "dated" && input.value === "" ? null : input.value.trim()]))), fields.done);
}

/** Asks before a piece of evidence is taken away, and says which. */
export function askRemoval(number: string, citation: string, remove: () => Promise<Answer<unknown>>, done: () => void): void {
  const rows = [
    element("p", { class: "govuk-body" }, element("strong", {}, citation)),
    element("p", { class: "govuk-body" }, "It is no longer named with this proposal. That it was there stays in the record."),
  ];
  askForm(`Remove this evidence from ${number}?`, rows, "Remove it", remove, done);
}

export function askReason(number: string, now: string, save: (reason: string) => Promise<Answer<unknown>>, done: () => void): void {
  const area = element("textarea", { class: "govuk-textarea", id: "reason", rows: "4" });
  area.value = now;
  const label = element("label", { class: "govuk-label", for: "reason" }, "Why you propose it. Both sides can read it.");
  askForm(`Reason for ${number}`, [element("div", { class: "govuk-form-group" }, label, area)], "Save it", () => save(area.value.trim()), done);
}

function askForm(title: string, rows: readonly Node[], yes: string, save: () => Promise<Answer<unknown>>, done: () => void): void {
  const error = element("p", { class: "govuk-error-message", role: "alert" });
  const form = element("form", { novalidate: true }, error, ...rows);
  const box = open(title, form);
  const close = button("Close", "govuk-button govuk-button--secondary", () => { box.close(); });
  form.append(element("div", { class: "box-row" }, element("button", { type: "submit", class: "govuk-button" }, yes), close));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save().then((answer) => {
      if (!answer.ok) {
        error.replaceChildren(hidden("Error: "), answer.sentence);
        return;
      }
      box.close();
      done();
    });
  });
  (form.querySelector<HTMLElement>("input, textarea") ?? close).focus();
}
