// What people do with the text and its blocks, as the records to write in their own layer: typing and selections over
// several blocks, Enter, new blocks, removal, withdrawal and counter-proposals. Pure: it writes nothing itself.

import { REMOVABLE, type Baseline } from "./baseline";
import { composeRecords, texts, type Shown } from "./compose";
import { changes, decompose } from "./decompose";
import { edit } from "./edit";
import { placed } from "./placing";
import { between, firstRank } from "./ranks";
import {
  NO_LINKS,
  inOrder,
  isLive,
  type NewRecord,
  type ProposalRecord,
  type RemoveRecord,
  type Side,
  type TextRecord,
} from "./records";

export interface State {
  readonly baseline: Baseline;
  readonly known: ReadonlyMap<string, ProposalRecord>;
  readonly me: Side;
  readonly mint: () => string;
  /** Own records that take in nothing beside them: agreed ones and counters. */
  readonly apart?: ReadonlySet<string>;
}

/** A place in what is shown: the display id of a text block, and an offset in its displayed text. */
export interface Spot {
  readonly block: string;
  readonly offset: number;
}

export interface Outcome {
  readonly writes: readonly ProposalRecord[];
  readonly caret: Spot;
  readonly offers: readonly string[];
}

/** Replaces what is shown from one place to another by `text`, over any number of blocks, as one act. */
export function replaceShown(
  state: State,
  from: Spot,
  to: Spot,
  text: string,
  towards: "start" | "end" = "start",
): Outcome {
  const shown = texts(composeRecords(state.baseline, state.known.values()));
  const first = shown.findIndex((block) => block.id === from.block);
  const last = shown.findIndex((block) => block.id === to.block);
  const begin = shown[first];
  const end = shown[last];
  if (begin === undefined || end === undefined) return { writes: [], caret: from, offers: [] };
  if (first > last) return replaceShown(state, to, from, text, towards);
  if (first === last) return inBlock(state, begin, from.offset, to.offset, text, towards);
  const head = inBlock(state, begin, from.offset, long(begin), text, "start");
  const tail = inBlock(state, end, 0, to.offset, "", "start");
  const middle = wholeBlocks(state, shown.slice(first + 1, last));
  const writes = [...head.writes, ...middle.writes, ...tail.writes];
  const offers = [...new Set([...head.offers, ...middle.offers, ...tail.offers])];
  return { writes: grouped(state, writes), caret: head.caret, offers };
}

/** Enter: at the end of a paragraph or entry a new one follows; anywhere else the wording gets a line break. */
export function enter(state: State, at: Spot): Outcome {
  const shown = texts(composeRecords(state.baseline, state.known.values()));
  const block = shown.find((one) => one.id === at.block);
  if (block === undefined) return { writes: [], caret: at, offers: [] };
  const kind = at.offset === long(block) ? kindAfter(state.baseline, block, state.known) : null;
  if (kind === null) return inBlock(state, block, at.offset, at.offset, "\n", "start");
  const record = newBlock(state, block.key ?? block.id, kind);
  return { writes: [record], caret: { block: `${record.key}#wording`, offset: 0 }, offers: [] };
}

/** A new, empty block directly after a baseline block, a new one (by key) or `^`. */
export function newBlock(state: State, after: string, kind: string): NewRecord {
  const id = state.mint();
  const key = `${state.me}:${id}`;
  const named = { key, side: state.me, id, ...NO_LINKS };
  const record: NewRecord = { type: "new", ...named, after, kind, rank: "V", on: true, words: {} };
  const others = [...state.known.values()].filter((one): one is NewRecord => one.type === "new");
  for (const slots of placed(state.baseline, [...others, record]).values()) {
    if (!slots.some((slot) => slot.record === record)) continue;
    const next = slots.find((slot) => slot.record !== record)?.record;
    return { ...record, rank: next === undefined ? firstRank(state.me, id) : between("", next.rank, id) };
  }
  return { ...record, rank: firstRank(state.me, id) };
}

/** Takes a whole block, row, list or item out: an own new one is withdrawn, the other side's is offered an answer. */
export function removeBlock(state: State, id: string): Outcome {
  const caret = { block: id, offset: 0 };
  const own = state.known.get(id);
  if (own !== undefined) {
    return own.side === state.me
      ? { writes: [withdrawn(own)], caret, offers: [] }
      : { writes: [], caret, offers: [own.key] };
  }
  if (!REMOVABLE.has(state.baseline.places.get(id)?.block.type ?? "")) return { writes: [], caret, offers: [] };
  return { writes: removal(state, id), caret, offers: [] };
}

/** The ghost of an own record: it proposes nothing and keeps its place. */
export function withdrawn(record: ProposalRecord): ProposalRecord {
  if (record.type === "text") return { ...record, to: record.from, at: record.from, wording: "" };
  return { ...record, on: false };
}

/** A counter-proposal to the other side's record, beginning with its words; null where "not agreed" is the answer. */
export function counter(state: State, key: string, hash: string): ProposalRecord | null {
  const other = state.known.get(key);
  if (other === undefined || other.side === state.me || !isLive(other) || other.type === "rm") return null;
  const id = state.mint();
  const answer = { key: `${state.me}:${id}`, side: state.me, id, counters: key, countersHash: hash, group: "", moves: "" };
  if (other.type === "new") {
    return { ...newBlock({ ...state, mint: () => id }, key, other.kind), ...answer, words: other.words };
  }
  const beside = [...state.known.values()].filter(
    (one): one is TextRecord => one.type === "text" && one.block === other.block && one.at === other.at,
  );
  const next = beside.filter((one) => inOrder(other, one) < 0).sort(inOrder)[0];
  return { ...other, ...answer, rank: between(other.rank, next?.rank ?? "", id) };
}

/** What one Backspace would take: a character as people see it, or the whole of the other side's wording. */
export function stepBack(runs: readonly { text: string; by?: string }[], caret: number, me: string): [number, number] {
  let place = 0;
  for (const run of runs) {
    const next = place + run.text.length;
    if (place < caret && caret <= next) {
      if (run.by !== undefined && !run.by.startsWith(`${me}:`)) return [place, caret];
      const parts = [...new Intl.Segmenter().segment(run.text.slice(0, caret - place))];
      return [place + (parts.at(-1)?.index ?? 0), caret];
    }
    place = next;
  }
  return [caret, caret];
}

/** What one Delete would take. */
export function stepForward(runs: readonly { text: string; by?: string }[], caret: number, me: string): [number, number] {
  let place = 0;
  for (const run of runs) {
    const next = place + run.text.length;
    if (place <= caret && caret < next) {
      if (run.by !== undefined && !run.by.startsWith(`${me}:`)) return [caret, next];
      const [part] = new Intl.Segmenter().segment(run.text.slice(caret - place));
      return [caret, caret + (part?.segment.length ?? 0)];
    }
    place = next;
  }
  return [caret, caret];
}

function inBlock(
  state: State,
  block: Shown,
  from: number,
  to: number,
  text: string,
  towards: "start" | "end",
): Outcome {
  const { me, mint, apart, known } = state;
  const owner = block.key === undefined ? {} : { owner: block.key };
  const edited = edit(block.runs ?? [], from, to, text, { me, mint, towards, ...owner, ...(apart ? { apart } : {}) });
  const caret = { block: block.id, offset: edited.caret };
  const record = block.key === undefined ? undefined : known.get(block.key);
  if (record !== undefined) {
    if (record.type !== "new" || record.side !== me) return { writes: [], caret, offers: edited.offers };
    const words = { ...record.words, [block.part ?? "wording"]: edited.runs.map((run) => run.text).join("") };
    return { writes: [{ ...record, words }], caret, offers: edited.offers };
  }
  const hand = { me, block: block.id, known, mint };
  return { writes: changes(own(state), decompose(edited.runs, hand), hand), caret, offers: edited.offers };
}

/** Everything between two blocks of a selection: the largest whole blocks are removed, what cannot be is struck. */
function wholeBlocks(state: State, inside: readonly Shown[]): { writes: ProposalRecord[]; offers: string[] } {
  const covered = new Set(inside.map((block) => block.id));
  const writes: ProposalRecord[] = [];
  const offers: string[] = [];
  const done = new Set<string>();
  for (const block of inside) {
    if (block.key !== undefined) {
      const record = state.known.get(block.key);
      if (record === undefined || done.has(record.key)) continue;
      done.add(record.key);
      if (record.side === state.me) writes.push(withdrawn(record));
      else offers.push(record.key);
      continue;
    }
    const around = [block.id, ...state.baseline.ancestors(block.id).map((one) => one.id)];
    const whole = around.filter((id) => isRemovable(state.baseline, id) && isCovered(state.baseline, id, covered)).at(-1);
    if (whole === undefined) {
      const struck = inBlock(state, block, 0, long(block), "", "start");
      writes.push(...struck.writes);
      offers.push(...struck.offers);
    } else if (!done.has(whole)) {
      done.add(whole);
      writes.push(...removal(state, whole));
    }
  }
  return { writes, offers };
}

function removal(state: State, id: string): RemoveRecord[] {
  const mine = [...own(state).values()].filter((one): one is RemoveRecord => one.type === "rm" && one.block === id);
  if (mine.some((one) => one.on)) return [];
  const ghost = mine[0];
  if (ghost !== undefined) return [{ ...ghost, on: true }];
  const minted = state.mint();
  return [{ type: "rm", key: `${state.me}:${minted}`, side: state.me, id: minted, ...NO_LINKS, block: id, on: true }];
}

function isRemovable(baseline: Baseline, id: string): boolean {
  return REMOVABLE.has(baseline.places.get(id)?.block.type ?? "");
}

function isCovered(baseline: Baseline, id: string, covered: ReadonlySet<string>): boolean {
  const block = baseline.places.get(id)?.block;
  if (block === undefined) return false;
  if (block.text !== undefined) return covered.has(id);
  return (block.blocks ?? []).every((inner) => isCovered(baseline, inner.id, covered));
}

/** New records of one act carry one group, so that they can be agreed together. */
function grouped(state: State, writes: readonly ProposalRecord[]): ProposalRecord[] {
  const fresh = writes.filter((record) => !state.known.has(record.key));
  if (fresh.length < 2) return [...writes];
  const group = state.mint();
  return writes.map((record) => (state.known.has(record.key) ? record : { ...record, group }));
}

function kindAfter(baseline: Baseline, block: Shown, known: ReadonlyMap<string, ProposalRecord>): string | null {
  const record = block.key === undefined ? undefined : known.get(block.key);
  if (record?.type === "new") {
    if (record.kind === "li") return "li";
    return record.kind === "p" || record.kind === "h3" || record.kind === "h4" ? "p" : null;
  }
  if (block.type !== "paragraph" && block.type !== "heading") return null;
  return baseline.places.get(block.id)?.parent?.type === "list_item" ? "li" : "p";
}

function own(state: State): Map<string, ProposalRecord> {
  return new Map([...state.known].filter(([, record]) => record.side === state.me));
}

function long(block: Shown): number {
  return (block.runs ?? []).reduce((total, run) => total + run.text.length, 0);
}
