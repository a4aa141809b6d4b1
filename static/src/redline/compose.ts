// What is shown: the baseline with every side's proposals in their places, as display blocks made of runs. Total: any
// layers give a display, the same one as on the server (twin of sections/redline/compose.py).

import type { Baseline, Block } from "./baseline";
import { isItem, placed, type Slot } from "./placing";
import {
  FIELDS,
  START,
  inOrder,
  isLive,
  records,
  type NewRecord,
  type ProposalRecord,
  type TextRecord,
} from "./records";

/** Words of one kind: `by` is the key of the record that inserts them, `struck` the keys that strike them. */
export interface Run {
  readonly text: string;
  readonly by?: string;
  readonly struck?: readonly string[];
}

/** One display block: text blocks have `runs`, others have `blocks`; `key` is set on what a record adds. */
export interface Shown {
  readonly id: string;
  readonly type: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly part?: string;
  readonly removed?: readonly string[];
  readonly runs?: readonly Run[];
  readonly blocks?: readonly Shown[];
}

const NODE_TYPES: Readonly<Record<string, string>> = { p: "paragraph", h3: "heading", h4: "heading" };

/** The display of all layers together. */
export function compose(baseline: Baseline, layers: unknown): Shown[] {
  return composeRecords(baseline, records(baseline, layers).values());
}

/** The display of records already normalised. */
export function composeRecords(baseline: Baseline, known: Iterable<ProposalRecord>): Shown[] {
  return new Composer(baseline, known).everything();
}

/** Every display block with runs, in order. */
export function texts(shown: readonly Shown[]): Shown[] {
  return shown.flatMap((block) => (block.runs === undefined ? texts(block.blocks ?? []) : [block]));
}

/** The display id of one wording of a new block. */
export function textId(key: string, part: string): string {
  return `${key}#${part}`;
}

/** One baseline text with the proposals on it. At an offset: wordings by rank, then the text, with all its strikes. */
export function runsOf(text: string, proposals: readonly TextRecord[]): Run[] {
  if (proposals.length === 0) return text === "" ? [] : [{ text }];
  const wordings = new Map<number, TextRecord[]>();
  const begun = new Map<number, TextRecord[]>();
  const ended = new Map<number, TextRecord[]>();
  const offsets = new Set([0, text.length]);
  const note = (map: Map<number, TextRecord[]>, offset: number, p: TextRecord): void => {
    offsets.add(offset);
    map.set(offset, [...(map.get(offset) ?? []), p]);
  };
  for (const p of proposals) {
    if (p.wording !== "") note(wordings, p.at, p);
    if (p.from < p.to) {
      note(begun, p.from, p);
      note(ended, p.to, p);
    }
  }
  const cuts = [...offsets].sort((one, other) => one - other);
  const found: Run[] = [];
  const striking = new Set<string>();
  cuts.forEach((offset, place) => {
    for (const p of (wordings.get(offset) ?? []).sort(inOrder)) found.push({ text: p.wording, by: p.key });
    for (const p of ended.get(offset) ?? []) striking.delete(p.key);
    for (const p of begun.get(offset) ?? []) striking.add(p.key);
    addBaseline(found, text.slice(offset, cuts[place + 1] ?? offset), [...striking].sort());
  });
  return found;
}

/** Adds baseline words to the end, joined to the run before where that is struck alike. */
export function addBaseline(runs: Run[], text: string, struck: readonly string[]): void {
  if (text === "") return;
  const last = runs.at(-1);
  const run = (words: string): Run => (struck.length > 0 ? { text: words, struck } : { text: words });
  if (last !== undefined && last.by === undefined && sameKeys(last.struck ?? [], struck)) {
    runs[runs.length - 1] = run(last.text + text);
  } else {
    runs.push(run(text));
  }
}

export function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, place) => key === other[place]);
}

class Composer {
  private readonly texts = new Map<string, TextRecord[]>();
  private readonly removals = new Map<string, string[]>();
  private readonly slots: Map<string, Slot[]>;

  constructor(
    private readonly baseline: Baseline,
    known: Iterable<ProposalRecord>,
  ) {
    const additions: NewRecord[] = [];
    for (const record of known) {
      if (record.type === "new") additions.push(record);
      else if (!isLive(record)) continue;
      else if (record.type === "text") this.texts.set(record.block, [...(this.texts.get(record.block) ?? []), record]);
      else this.removals.set(record.block, [...(this.removals.get(record.block) ?? []), record.key]);
    }
    this.slots = placed(baseline, additions);
  }

  everything(): Shown[] {
    return inLists([...this.added(START), ...this.all(this.baseline.blocks, [])]);
  }

  private all(blocks: readonly Block[], removed: readonly string[]): Shown[] {
    return blocks.flatMap((block) => [this.block(block, removed), ...this.added(block.id)]);
  }

  private block(block: Block, outside: readonly string[]): Shown {
    const own = this.removals.get(block.id);
    const removed = own === undefined ? outside : [...new Set([...outside, ...own])].sort();
    const shown: Shown = {
      id: block.id,
      type: block.type,
      ...(block.attrs === undefined ? {} : { attrs: block.attrs }),
      ...(removed.length > 0 ? { removed } : {}),
    };
    if (block.text === undefined) return { ...shown, blocks: inLists(this.all(block.blocks ?? [], removed)) };
    return { ...shown, runs: runsOf(block.text, this.texts.get(block.id) ?? []) };
  }

  /** New blocks after an anchor, depth first; what was withdrawn is not shown but still holds its place. */
  private added(anchor: string): Shown[] {
    const found: Shown[] = [];
    const pending = [...(this.slots.get(anchor) ?? [])].reverse();
    for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
      if (slot.record.on) found.push(newBlock(slot));
      pending.push(...[...(this.slots.get(slot.record.key) ?? [])].reverse());
    }
    return found;
  }
}

/** The blocks with new list entries that stand outside any list put into lists of their own. */
function inLists(shown: readonly Shown[]): Shown[] {
  const found: Shown[] = [];
  for (const block of shown) {
    const { part, ...entry } = block;
    const last = found.at(-1);
    if (part !== "li" || block.key === undefined) found.push(block);
    else if (last?.part === "list") found[found.length - 1] = { ...last, blocks: [...(last.blocks ?? []), entry] };
    else found.push({ id: `${block.key}#list`, type: "bullet_list", key: block.key, part: "list", blocks: [entry] });
  }
  return found;
}

function newBlock(slot: Slot): Shown {
  const { record, kind } = slot;
  const key = record.key;
  if (isItem(kind)) {
    const fields = (FIELDS[kind] ?? []).map((name) => wording(record, `w_${name}`, "field", { name }));
    const blocks = [wording(record, "wording", "title"), ...fields, wording(record, "w_text", "paragraph")];
    return { id: key, type: kind, key, blocks };
  }
  if (kind === "tr") {
    const names = Array.from({ length: slot.cells }, (_, place) => (place === 0 ? "wording" : `w${place}`));
    const blocks = names.map((name) => ({
      id: `${textId(key, name)}/cell`,
      type: "table_cell",
      key,
      blocks: [wording(record, name, "paragraph")],
    }));
    return { id: key, type: "table_row", key, blocks };
  }
  if (kind === "li") {
    const blocks = [wording(record, "wording", "paragraph")];
    return { id: key, type: "list_item", key, ...(slot.inList ? {} : { part: "li" }), blocks };
  }
  const level = kind === "h3" || kind === "h4" ? { level: kind.slice(1) } : undefined;
  return wording(record, "wording", NODE_TYPES[kind] ?? "paragraph", level);
}

function wording(record: NewRecord, part: string, type: string, attrs?: Readonly<Record<string, string>>): Shown {
  const words = record.words[part] ?? "";
  return {
    id: textId(record.key, part),
    type,
    ...(attrs === undefined ? {} : { attrs }),
    key: record.key,
    part,
    runs: words === "" ? [] : [{ text: words, by: record.key }],
  };
}
