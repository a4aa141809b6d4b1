// The way back from what is shown: one side's proposals read from the runs of a block. It undoes compose exactly, keeps
// ids and ranks, and gives new ids to what was cut off. Twin of sections/redline/decompose.py.

import { type Run } from "./compose";
import { between, firstRank } from "./ranks";
import { NO_LINKS, inOrder, isLive, type ProposalRecord, type Side, type TextRecord } from "./records";

/** Whose proposals, what all sides' records on this block are, and where new ids come from. */
export interface Hand {
  readonly me: Side;
  readonly block: string;
  readonly known: ReadonlyMap<string, ProposalRecord>;
  readonly mint: () => string;
}

interface Wording {
  readonly key: string;
  readonly at: number;
  text: string;
}

interface Ordered {
  readonly rank: string;
  readonly side: string;
  readonly id: string;
}

/** My live proposals on the block as the runs show them, by key. */
export function decompose(runs: readonly Run[], hand: Hand): Map<string, TextRecord> {
  const mine = `${hand.me}:`;
  const strikes = new Map<string, [number, number][]>();
  const wordings: Wording[] = [];
  let place = 0;
  for (const run of runs) {
    if (run.by !== undefined) {
      const last = wordings.at(-1);
      if (last?.key === run.by && last.at === place) last.text += run.text;
      else wordings.push({ key: run.by, at: place, text: run.text });
      continue;
    }
    const end = place + run.text.length;
    for (const key of run.struck ?? []) if (key.startsWith(mine)) extend(strikes, key, place, end);
    place = end;
  }
  return ranked(wordings, gathered(wordings, strikes, hand), hand);
}

/** What has to be written so that a layer holds `after` instead of `before`: whole records, ghosts for what went. */
export function changes(
  before: ReadonlyMap<string, ProposalRecord>,
  after: ReadonlyMap<string, TextRecord>,
  hand: Hand,
): TextRecord[] {
  const found: TextRecord[] = [];
  for (const [key, record] of after) {
    const old = before.get(key);
    if (old?.type !== "text" || !same(old, record)) found.push(record);
  }
  for (const [key, old] of before) {
    const here = old.type === "text" && old.side === hand.me && old.block === hand.block;
    if (here && isLive(old) && !after.has(key)) found.push({ ...old, to: old.from, at: old.from, wording: "" });
  }
  return found;
}

/** Strikes and wordings joined into records; what one id cannot hold gets a new one. */
function gathered(wordings: Wording[], strikes: Map<string, [number, number][]>, hand: Hand): Map<string, TextRecord> {
  const mine = `${hand.me}:`;
  const found = new Map<string, TextRecord>();
  wordings.forEach((wording, place) => {
    if (!wording.key.startsWith(mine)) return;
    const taken = found.has(wording.key);
    const key = taken ? mine + hand.mint() : wording.key;
    if (taken) wordings[place] = { ...wording, key };
    const ranges = taken ? [] : (strikes.get(key) ?? []);
    const touching = ranges.find(([from, to]) => from <= wording.at && wording.at <= to);
    const [from, to] = touching ?? [wording.at, wording.at];
    if (touching !== undefined) strikes.set(key, ranges.filter((range) => range !== touching));
    found.set(key, made(hand, key, from, to, wording.at, wording.text));
  });
  for (const [key, ranges] of strikes) {
    for (const [from, to] of ranges) {
      const own = found.has(key) ? mine + hand.mint() : key;
      found.set(own, made(hand, own, from, to, to, ""));
    }
  }
  return found;
}

/** The records with ranks under which compose shows the wordings in this order; ranks that serve are kept. */
function ranked(wordings: readonly Wording[], found: Map<string, TextRecord>, hand: Hand): Map<string, TextRecord> {
  wordings.forEach((wording, place) => {
    const own = found.get(wording.key);
    if (own === undefined) return;
    const before = wordings[place - 1];
    const low = before?.at === wording.at ? ordered(before.key, found, hand) : undefined;
    let high: Ordered | undefined;
    for (let next = place + 1; wordings[next]?.at === wording.at && high === undefined; next++) {
      const other = ordered(wordings[next]?.key ?? "", found, hand);
      if (other !== undefined && other.rank !== "" && (low === undefined || inOrder(low, other) < 0)) high = other;
    }
    const serves =
      own.rank !== "" &&
      (low === undefined || inOrder(low, own) < 0) &&
      (high === undefined || inOrder(own, high) < 0);
    if (serves) return;
    const rank =
      low === undefined && high === undefined
        ? firstRank(hand.me, own.id)
        : between(low?.rank ?? "", high?.rank ?? "", own.id);
    found.set(wording.key, { ...own, rank });
  });
  for (const [key, record] of found) {
    if (record.rank === "") found.set(key, { ...record, rank: firstRank(hand.me, record.id) });
  }
  return found;
}

function ordered(key: string, found: ReadonlyMap<string, TextRecord>, hand: Hand): Ordered | undefined {
  const record = found.get(key) ?? hand.known.get(key);
  return record?.type === "text" ? record : undefined;
}

function made(hand: Hand, key: string, from: number, to: number, at: number, wording: string): TextRecord {
  const known = hand.known.get(key);
  if (known?.type === "text") return { ...known, from, to, at, wording };
  const id = key.slice(hand.me.length + 1);
  return { type: "text", key, side: hand.me, id, ...NO_LINKS, block: hand.block, from, to, at, rank: "", wording };
}

function extend(strikes: Map<string, [number, number][]>, key: string, from: number, to: number): void {
  const ranges = strikes.get(key) ?? [];
  const last = ranges.at(-1);
  if (last?.[1] === from) last[1] = to;
  else ranges.push([from, to]);
  strikes.set(key, ranges);
}

function same(one: TextRecord, other: TextRecord): boolean {
  return (
    one.from === other.from &&
    one.to === other.to &&
    one.at === other.at &&
    one.rank === other.rank &&
    one.wording === other.wording
  );
}
