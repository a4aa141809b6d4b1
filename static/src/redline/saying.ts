// Proposals in words: the deed, the status, who and when. For cards, dialogs and the command that describes what is at
// the caret. The server's own sentence is used where it has one; this is for what it has not seen yet.

import type { Board } from "./board";
import type { Proposal, Working } from "./facts";
import type { Status } from "./looks";
import type { ProposalRecord } from "./records";

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  withdrawn: "Withdrawn",
  proposed: "Proposed",
  countered: "Answered with other wording",
  agreed: "Agreed by both",
  reopened: "Open again",
  "not agreed": "Not agreed",
  "pending panel": "Waiting for the panel",
  ordered: "Ordered by the tribunal",
  refused: "Refused by the tribunal",
};

const KINDS: Readonly<Record<string, string>> = {
  p: "a paragraph",
  h3: "a heading",
  h4: "a heading",
  li: "a list entry",
  tr: "a table row",
  need: "a need",
  outcome: "an outcome",
  provision: "a provision",
};

/** The original words a proposal takes out. */
export function takenOut(board: Board, record: ProposalRecord): string {
  if (record.type === "text") return board.baseline.text(record.block).slice(record.from, record.to);
  if (record.type === "new") return "";
  const inside: string[] = [];
  for (const [id, { block }] of board.baseline.places) {
    const isInside = id === record.block || board.baseline.ancestors(id).some((one) => one.id === record.block);
    if (isInside && block.text !== undefined && block.text !== "") inside.push(block.text);
  }
  return inside.join("\n");
}

/** The words a proposal adds. */
export function added(record: ProposalRecord): string {
  if (record.type === "text") return record.wording;
  if (record.type === "rm") return "";
  return Object.values(record.words).filter((words) => words !== "").join("\n");
}

export function sentenceOf(board: Board, record: ProposalRecord, proposal: Proposal | null): string {
  if (proposal !== null && proposal.sentence !== "") return proposal.sentence;
  const who = board.standing.profile.hands[record.side]?.name ?? record.side;
  const propose = record.side === "tribunal" ? "orders" : "proposes";
  const [out, into] = [quoted(takenOut(board, record)), quoted(added(record))];
  if (record.type === "rm") return ended(`${who} ${propose} removing ${out}`);
  if (record.type === "new") return ended(`${who} ${propose} adding ${KINDS[record.kind] ?? "a passage"}${into === "\u201c\u201d" ? "" : `: ${into}`}`);
  if (record.from < record.to && record.wording !== "") return ended(`${who} ${propose} replacing ${out} with ${into}`);
  return ended(record.from < record.to ? `${who} ${propose} deleting ${out}` : `${who} ${propose} adding ${into}`);
}

/** The sentence with its full stop; none where it ends in a quotation that ends a sentence itself. */
function ended(sentence: string): string {
  return /[.?!\u2026]\u201d$/u.test(sentence) ? sentence : `${sentence}.`;
}

export function quoted(words: string): string {
  return `\u201c${words.replaceAll("\n", " (new paragraph) ").trim()}\u201d`;
}

export function nameOf(working: Working, person: string): string {
  return working.people[person]?.name ?? person;
}

export function sideName(side: string): string {
  return side === "family" ? "the family" : side === "authority" ? "the council" : "the tribunal";
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "3 January, 10:42" in the person's own time; empty where it is not known. */
export function when(iso: string | null | undefined): string {
  const at = iso === null || iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return "";
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(at);
}
