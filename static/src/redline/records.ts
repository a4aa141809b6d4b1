// What a layer may hold: proposals, normalised. Any value at all goes in; known, clamped, well-formed records come out,
// the same ones as on the server (twin of sections/redline/records.py). A record is named by its key, `side:id`.

import { REMOVABLE, type Baseline, type Block } from "./baseline";
import { clean, snap, snapUp } from "./units";

export const SIDES = ["authority", "family", "tribunal"] as const;
export type Side = (typeof SIDES)[number];

export const FIELDS: Readonly<Record<string, readonly string[]>> = {
  provision: ["what", "who", "qualification", "frequency", "duration", "group", "where", "review"],
  outcome: ["measure", "by_when"],
  need: [],
};
export const START = "^";
export const MOST_CELLS = 40;
const MIDDLE = "V";
const KINDS: ReadonlySet<string> = new Set(["p", "h3", "h4", "li", "tr", ...Object.keys(FIELDS)]);

const ID = /^[a-z0-9][A-Za-z0-9_-]{0,63}$/;
const KEY = /^(?:authority|family|tribunal):[a-z0-9][A-Za-z0-9_-]{0,63}$/;
const GROUP = /^[A-Za-z0-9_-]{1,64}$/;
const RANK = /^[0-9A-Za-z]{1,400}$/;
const HASH = /^[0-9a-f]{64}$/;

interface Common {
  readonly key: string;
  readonly side: Side;
  readonly id: string;
  readonly counters: string;
  readonly countersHash: string;
  readonly group: string;
  readonly moves: string;
}

/** A record that answers, moves and goes with nothing. */
export const NO_LINKS = { counters: "", countersHash: "", group: "", moves: "" } as const;

export interface TextRecord extends Common {
  readonly type: "text";
  readonly block: string;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly rank: string;
  readonly wording: string;
}

export interface NewRecord extends Common {
  readonly type: "new";
  readonly after: string;
  readonly kind: string;
  readonly rank: string;
  readonly on: boolean;
  readonly words: Readonly<Record<string, string>>;
}

export interface RemoveRecord extends Common {
  readonly type: "rm";
  readonly block: string;
  readonly on: boolean;
}

export type ProposalRecord = TextRecord | NewRecord | RemoveRecord;
type Fields = Readonly<Record<string, unknown>>;

/** The record as it is meant, or null where nothing can be made of it. */
export function normalise(baseline: Baseline, side: string, id: string, value: unknown): ProposalRecord | null {
  if (!isSide(side) || !ID.test(id) || !isFields(value)) return null;
  const answered = isFields(value["counters"]) ? matching(KEY, value["counters"]["key"]) : "";
  const counters = answered.startsWith(`${side}:`) ? "" : answered;
  const common: Common = {
    key: `${side}:${id}`,
    side,
    id,
    counters,
    countersHash: counters !== "" && isFields(value["counters"]) ? matching(HASH, value["counters"]["hash"]) : "",
    group: matching(GROUP, value["group"]),
    moves: matching(ID, value["moves"]),
  };
  switch (value["type"]) {
    case "text":
      return textRecord(baseline, common, value);
    case "new":
      return newRecord(baseline, common, value);
    case "rm": {
      const block = found(baseline, value["block"]);
      if (block === null || !REMOVABLE.has(block.type)) return null;
      return { ...common, type: "rm", block: block.id, on: isOn(value["on"]) };
    }
    default:
      return null;
  }
}

/** Every well-formed record of every layer by key, ghosts included. */
export function records(baseline: Baseline, layers: unknown): Map<string, ProposalRecord> {
  const all = new Map<string, ProposalRecord>();
  if (!isFields(layers)) return all;
  for (const side of SIDES) {
    const layer = Object.hasOwn(layers, side) ? layers[side] : null;
    if (!isFields(layer)) continue;
    for (const [id, value] of Object.entries(layer)) {
      const record = normalise(baseline, side, id, value);
      if (record !== null) all.set(record.key, record);
    }
  }
  return all;
}

/** Whether the record still proposes anything; one that does not is a ghost that keeps its place. */
export function isLive(record: ProposalRecord): boolean {
  switch (record.type) {
    case "text":
      return record.wording !== "" || record.from < record.to;
    case "new":
      return record.on && Object.values(record.words).some((words) => words !== "");
    case "rm":
      return record.on;
  }
}

/** The names of a new block's wordings, in order. */
export function parts(kind: string): string[] {
  if (kind === "tr") {
    return ["wording", ...Array.from({ length: MOST_CELLS - 1 }, (_, place) => `w${place + 1}`)];
  }
  const fields = Object.hasOwn(FIELDS, kind) ? FIELDS[kind] : undefined;
  if (fields !== undefined) return ["wording", ...fields.map((name) => `w_${name}`), "w_text"];
  return ["wording"];
}

/** The record as the fields a layer holds: normalising them gives the record again. */
export function toValue(record: ProposalRecord): Record<string, unknown> {
  const links: Record<string, unknown> = {};
  if (record.counters !== "") links["counters"] = { key: record.counters, hash: record.countersHash };
  if (record.group !== "") links["group"] = record.group;
  if (record.moves !== "") links["moves"] = record.moves;
  switch (record.type) {
    case "text": {
      const { type, block, from, to, at, rank, wording } = record;
      return { type, block, from, to, at, rank, wording, ...links };
    }
    case "new": {
      const { type, after, kind, rank, on, words } = record;
      return { type, after, kind, rank, on: Number(on), ...words, ...links };
    }
    case "rm":
      return { type: "rm", block: record.block, on: Number(record.on), ...links };
  }
}

/** By rank, then side (the authority's first), then id: the order of wordings at one place. */
export function inOrder(
  one: { rank: string; side: string; id: string },
  other: { rank: string; side: string; id: string },
): number {
  return compare(one.rank, other.rank) || compare(one.side, other.side) || compare(one.id, other.id);
}

function textRecord(baseline: Baseline, common: Common, value: Fields): TextRecord | null {
  const block = found(baseline, value["block"]);
  if (block?.text === undefined) return null;
  const text = block.text;
  const first = offset(value["from"], 0, text.length);
  const last = offset(value["to"], first, text.length);
  const from = snap(text, first);
  const to = last > first ? snapUp(text, last) : from;
  const wording = words(value["wording"]);
  const meant = snap(text, offset(value["at"], to, text.length));
  const at = wording === "" ? to : Math.min(Math.max(meant, from), to);
  return { ...common, type: "text", block: block.id, from, to, at, rank: rankOf(value["rank"]), wording };
}

function newRecord(baseline: Baseline, common: Common, value: Fields): NewRecord | null {
  const after = value["after"];
  const kind = value["kind"];
  if (typeof after !== "string" || typeof kind !== "string" || !KINDS.has(kind)) return null;
  if (after !== START && !baseline.places.has(after) && !KEY.test(after)) return null;
  const wordings: Record<string, string> = {};
  for (const name of parts(kind)) {
    const text = words(value[name]);
    if (text !== "") wordings[name] = text;
  }
  return { ...common, type: "new", after, kind, rank: rankOf(value["rank"]), on: isOn(value["on"]), words: wordings };
}

function found(baseline: Baseline, id: unknown): Block | null {
  return typeof id === "string" ? (baseline.places.get(id)?.block ?? null) : null;
}

function offset(value: unknown, otherwise: number, most: number): number {
  if (typeof value !== "number" || Number.isNaN(value)) return otherwise;
  return Math.trunc(Math.min(Math.max(value, 0), most));
}

function isOn(value: unknown): boolean {
  return value === true || value === 1;
}

function words(value: unknown): string {
  return typeof value === "string" ? clean(value) : "";
}

function rankOf(value: unknown): string {
  const rank = typeof value === "string" && RANK.test(value) ? value.replace(/0+$/, "") : "";
  return rank === "" ? MIDDLE : rank;
}

function matching(pattern: RegExp, value: unknown): string {
  return typeof value === "string" && pattern.test(value) ? value : "";
}

function isSide(side: string): side is Side {
  return (SIDES as readonly string[]).includes(side);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
