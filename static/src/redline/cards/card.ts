// One proposal as a card: number, who and when, the words, reason, evidence, where it stands, and what may be done.

import { button, element, hidden } from "../../elements";
import type { Board } from "../board";
import type { Evidence, Proposal, Working } from "../facts";
import { SETTLED } from "../looks";
import { capital, nameOf, sentenceOf, sideName, STATUS_WORDS, when } from "../saying";
import type { ProposalRecord } from "../records";
import { wordDiff, type Piece } from "../worddiff";

export type Deed = "agree" | "disagree" | "counter" | "withdraw" | "panel" | "panel-approved" | "panel-declined" | "evidence" | "unevidence" | "reason" | "goto";

type Does = (deed: Deed, from: HTMLElement) => void;

export interface CardFacts {
  readonly board: Board;
  readonly working: Working;
  readonly record: ProposalRecord;
  readonly proposal: Proposal | null;
}

const TAGS: Readonly<Record<string, string>> = {
  agreed: "govuk-tag--green",
  ordered: "govuk-tag--green",
  "not agreed": "govuk-tag--red",
  refused: "govuk-tag--red",
  reopened: "govuk-tag--orange",
  "pending panel": "govuk-tag--yellow",
  countered: "govuk-tag--purple",
  withdrawn: "govuk-tag--grey",
};

export function numberOf({ board, record, proposal, working }: CardFacts): string {
  if (proposal !== null) return proposal.number;
  const isDraft = record.side === working.me.side && working.turn.mine === "private";
  return `${isDraft ? "Draft" : "New"} (${board.standing.profile.hands[record.side]?.letter ?? ""})`;
}

/** The card's element; `does` is told which button was pressed. */
export function cardOf(facts: CardFacts, isOpen: boolean, does: Does): HTMLElement {
  const { board, record, proposal } = facts;
  const status = board.status(record.key);
  const number = numberOf(facts);
  const title = element("h3", { class: "app-rl-card__number" }, button(number, "rl-card__goto", (event) => { does("goto", event.currentTarget as HTMLElement); }));
  title.firstElementChild?.append(hidden(` ${sideName(record.side)}: show its words in the text`));
  const tag = element("span", { class: "app-rl-card__status" }, element("strong", { class: `govuk-tag ${TAGS[status] ?? "govuk-tag--blue"}` }, STATUS_WORDS[status]));
  const head = element("div", { class: "app-rl-card__head" }, title, tag);
  const parts: (Node | string)[] = [head, byLine(facts), element("p", { class: "app-rl-card__sentence" }, sentenceOf(board, record, proposal))];
  if (isOpen) parts.push(...details(facts, number, does), actions(facts, number, does));
  const classes = ["app-rl-card", `app-rl-card--${record.side}`, ...(SETTLED.has(status) ? ["app-rl-card--settled"] : []), ...(isOpen ? [] : ["is-closed"])];
  return element("article", { class: classes.join(" "), tabindex: "-1", "aria-label": `Proposal ${number}` }, ...parts);
}

function byLine({ board, working, record, proposal }: CardFacts): HTMLElement {
  const who = board.standing.profile.hands[record.side]?.name ?? record.side;
  if (proposal === null) {
    const isDraft = record.side === working.me.side && working.turn.mine === "private";
    return element("p", { class: "app-rl-card__who" }, isDraft ? "Only your side sees this until you send it" : `${who}, being recorded now`);
  }
  const name = nameOf(working, proposal.last_by);
  const whose = working.people[proposal.last_by]?.on_behalf ?? "";
  const behalf = whose === "" ? "" : `, on behalf of ${whose}`;
  const words = [`${who}: ${name}${behalf}`, when(proposal.last_at)].filter((part) => part !== "").join(", ");
  return element("p", { class: "app-rl-card__who" }, words);
}

function details(facts: CardFacts, number: string, does: Does): Node[] {
  const { working, proposal, record } = facts;
  const found: Node[] = [];
  const answer = answerOf(facts);
  if (answer !== null) found.push(answer);
  if (proposal === null) return found;
  if (proposal.answers_older) found.push(element("p", { class: "app-rl-card__who" }, "The wording this answers has changed since."));
  if (proposal.reason !== "") found.push(element("p", {}, element("strong", {}, "Reason: "), proposal.reason));
  if (proposal.evidence.length > 0) {
    found.push(element("p", {}, element("strong", {}, "Evidence")), element("ul", { class: "app-rl-card__evidence" }, ...proposal.evidence.map((one) => evidenceRow(one, proposal.may.evidence && record.side === working.me.side, number, does))));
  }
  for (const yes of proposal.confirmations) {
    found.push(element("p", { class: "app-rl-card__yes" }, `${capital(sideName(yes.side))} agreed: ${nameOf(working, yes.by)}, ${when(yes.at)}.`));
  }
  for (const side of proposal.not_agreed) found.push(element("p", { class: "app-rl-card__yes" }, `${capital(sideName(side))} did not agree.`));
  if (proposal.group.length > 1) found.push(element("p", { class: "app-rl-card__who" }, `One of ${proposal.group.length} changes made together; they are decided together.`));
  if (record.side !== working.me.side && working.me.side !== null && proposal.may.why_not !== "" && !proposal.may.agree) {
    found.push(element("p", { class: "app-rl-card__who" }, proposal.may.why_not));
  }
  return found;
}

function evidenceRow(one: Evidence, mayRemove: boolean, number: string, does: Does): HTMLElement {
  if (!mayRemove) return element("li", {}, one.citation);
  const made = button("Remove", "rl-card__remove", () => { does("unevidence", made); });
  made.append(hidden(` evidence from ${number}: ${one.citation}`));
  made.dataset["evidence"] = String(one.id);
  return element("li", {}, one.citation, " ", made);
}

/** A counter-proposal as word by word changes against what it answers. */
function answerOf({ board, record }: CardFacts): HTMLElement | null {
  const other = record.counters === "" ? undefined : board.known().get(record.counters);
  if (other === undefined || record.type === "rm" || other.type === "rm") return null;
  const words = (one: ProposalRecord): Readonly<Record<string, string>> => (one.type === "text" ? { wording: one.wording } : one.type === "new" ? one.words : {});
  const [before, after] = [words(other), words(record)];
  const rows: Node[] = [];
  for (const part of new Set([...Object.keys(before), ...Object.keys(after)])) rows.push(element("p", { class: "app-rl-card__answer" }, ...diffed(wordDiff(before[part] ?? "", after[part] ?? ""))));
  return element("div", {}, element("p", { class: "app-rl-card__who" }, `Against ${sideName(other.side)}\u2019s wording:`), ...rows);
}

/** Pieces of a word by word comparison as elements. */
export function diffed(pieces: readonly Piece[]): (Node | string)[] {
  return pieces.map((piece) => {
    if (piece.kind === "same") return piece.text;
    if (piece.kind === "out") return element("del", { class: "app-rl-out" }, hidden("taken out: "), piece.text);
    return element("ins", { class: "app-rl-in" }, hidden("put in: "), piece.text);
  });
}

function actions(facts: CardFacts, number: string, does: Does): HTMLElement {
  const { proposal, record, working } = facts;
  const may = proposal?.may;
  const list = element("ul", { class: "app-rl-card__actions" });
  const add = (isThere: boolean | undefined, words: string, full: string, deed: Deed, isMain = false) => {
    if (isThere !== true) return;
    const made = button(words, isMain ? "govuk-button" : "govuk-button govuk-button--secondary", () => { does(deed, made); });
    made.append(" ", hidden(full));
    made.dataset["deed"] = deed;
    list.append(element("li", {}, made));
  };
  const isOurs = record.side === working.me.side;
  const whose = isOurs ? `our proposal ${number}` : `${sideName(record.side)}\u2019s proposal ${number}`;
  add(may?.agree, isOurs ? "Confirm" : "Agree", isOurs ? `${whose} for our side` : `to ${whose}`, "agree", !isOurs);
  add(may?.disagree === true && !isOurs, "Do not agree", `to ${whose}`, "disagree");
  add(may?.counter, "Other wording", `in answer to ${whose}`, "counter");
  add(may?.panel, "Ask the panel", `about ${whose}`, "panel");
  add(may?.panel_decides, "Panel approved", `: ${number}`, "panel-approved");
  add(may?.panel_decides, "Panel declined", `: ${number}`, "panel-declined");
  add(isOurs && working.me.may_propose && (may?.withdraw ?? true), "Withdraw", `our proposal ${number}`, "withdraw");
  add(isOurs && may?.evidence === true, proposal?.reason === "" ? "Give a reason" : "Change the reason", `for ${number}`, "reason");
  add(may?.evidence, "Add evidence", `for ${number}`, "evidence");
  return list;
}
