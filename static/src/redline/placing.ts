// Where new blocks stand: a tree under each baseline block, siblings by rank, side and id. A new block goes after its
// anchor in the nearest place around it that may hold its kind. Twin of sections/redline/placing.py.

import { CELL_TYPES, ITEM_TYPES, LIST_TYPES, type Baseline, type Block } from "./baseline";
import { FIELDS, MOST_CELLS, START, inOrder, type NewRecord } from "./records";

/** A new block in its place: after `anchor`, inside the baseline block `host` ("" at the top). */
export interface Slot {
  readonly record: NewRecord;
  readonly anchor: string;
  readonly host: string;
  readonly kind: string;
  readonly inList: boolean;
  readonly cells: number;
}

const FLOW: ReadonlySet<string> = new Set([...ITEM_TYPES, ...CELL_TYPES, "list_item"]);

/** The slots under each anchor (a baseline id, `^` or a key), in order. */
export function placed(baseline: Baseline, additions: readonly NewRecord[]): Map<string, Slot[]> {
  const found = new Map<string, Slot[]>();
  const children = new Map<string, NewRecord[]>();
  const pending: Slot[] = [];
  for (const record of additions) {
    if (record.after.includes(":")) push(children, record.after, record);
    else keep(pending, afterBlock(baseline, record, record.after));
  }
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    push(found, slot.anchor, slot);
    for (const child of children.get(slot.record.key) ?? []) keep(pending, afterNew(baseline, child, slot));
  }
  for (const slots of found.values()) slots.sort((one, other) => inOrder(one.record, other.record));
  return found;
}

function slotOf(record: NewRecord, anchor: string, host: string, kind: string, inList = false, cells = 0): Slot {
  return { record, anchor, host, kind, inList, cells };
}

function afterBlock(baseline: Baseline, record: NewRecord, anchor: string): Slot | null {
  if (anchor === START) return record.kind === "tr" ? null : slotOf(record, START, "", record.kind);
  const steps: [string, Block | null][] = [anchor, ...baseline.ancestors(anchor).map((block) => block.id)].map((own) => [
    own,
    baseline.places.get(own)?.parent ?? null,
  ]);
  if (record.kind === "tr") {
    for (const [own, parent] of steps) {
      if (parent?.type === "table") return slotOf(record, own, parent.id, "tr", false, cells(parent));
    }
    return null;
  }
  if (record.kind === "li") {
    for (const [own, parent] of steps) {
      if (parent !== null && LIST_TYPES.has(parent.type)) return slotOf(record, own, parent.id, "li", true);
    }
  }
  for (const [own, parent] of steps) {
    if (parent === null) return slotOf(record, own, "", record.kind);
    if (!isItem(record.kind) && FLOW.has(parent.type)) {
      return slotOf(record, own, parent.id, record.kind === "li" ? "li" : "p");
    }
  }
  return null;
}

function afterNew(baseline: Baseline, record: NewRecord, before: Slot): Slot | null {
  const key = before.record.key;
  const host = before.host;
  if (record.kind === "tr") return before.kind === "tr" ? slotOf(record, key, host, "tr", false, before.cells) : null;
  if (record.kind === "li" && before.inList) return slotOf(record, key, host, "li", true);
  if (before.inList || before.kind === "tr") return afterBlock(baseline, record, host);
  if (host === "") return slotOf(record, key, "", record.kind);
  if (isItem(record.kind)) return afterBlock(baseline, record, host);
  if (record.kind === "li" && baseline.places.get(host)?.block.type === "list_item") {
    return afterBlock(baseline, record, host);
  }
  return slotOf(record, key, host, record.kind === "li" ? "li" : "p");
}

export function isItem(kind: string): boolean {
  return Object.hasOwn(FIELDS, kind);
}

function cells(table: Block): number {
  const row = (table.blocks ?? []).find((block) => block.type === "table_row");
  let total = 0;
  for (const cell of row?.blocks ?? []) {
    const span = cell.attrs?.["colspan"] ?? "1";
    total += /^[1-9][0-9]?$/.test(span) ? Number(span) : 1;
  }
  return Math.min(Math.max(total, 1), MOST_CELLS);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function keep(pending: Slot[], slot: Slot | null): void {
  if (slot !== null) pending.push(slot);
}
