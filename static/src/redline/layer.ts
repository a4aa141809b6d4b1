// One layer as a shared document: a record is an element with string attributes, its wordings are shared texts inside it.
// Anything at all may be read; what is written is as little as will do, and a record is never taken out again.

import * as Y from "yjs";
import { parts, type NewRecord, type ProposalRecord } from "./records";
import { smallestChange } from "./units";

export const LAYER_ROOT = "proposals";

export type Fields = Readonly<Record<string, unknown>>;
type Holder = Y.XmlFragment;

const ID = /^[a-z0-9][A-Za-z0-9_-]{0,63}$/;
const DIGITS = /^(?:0|[1-9][0-9]{0,7})$/;
const NUMBERS = ["from", "to", "at"];
const OWN: Readonly<Record<string, readonly string[]>> = {
  text: ["block", "rank"],
  new: ["after", "kind", "rank"],
  rm: ["block"],
};

/** The layer's records by id, as the fields that `records()` takes. */
export function layerOf(root: Holder, readOne = fieldsOf): Record<string, Fields> {
  const found: Record<string, Fields> = {};
  for (const element of elements(root)) {
    const read = readOne(element);
    if (read === null) continue;
    const before = found[read.id];
    if (before === undefined || compare(canonical(before), canonical(read.fields)) < 0) found[read.id] = read.fields;
  }
  return found;
}

/** One record element's id and fields; null for what is no record. What is missing or unfit is left out. */
export function fieldsOf(element: Y.XmlElement): { readonly id: string; readonly fields: Fields } | null {
  const id = attribute(element, "id");
  const type = element.nodeName;
  const own = Object.hasOwn(OWN, type) ? OWN[type] : undefined;
  if (id === null || own === undefined || !ID.test(id)) return null;
  const fields: Record<string, unknown> = { type };
  for (const name of [...own, "group", "moves"]) {
    const value = attribute(element, name);
    if (value !== null) fields[name] = value;
  }
  for (const name of type === "text" ? NUMBERS : []) {
    const value = attribute(element, name);
    if (value !== null && DIGITS.test(value)) fields[name] = Number(value);
  }
  const on = attribute(element, "on");
  if (type !== "text" && (on === "0" || on === "1")) fields["on"] = Number(on);
  const counters = attribute(element, "counters");
  if (counters !== null) fields["counters"] = { key: counters, hash: attribute(element, "counters_hash") ?? "" };
  const words = wordings(element);
  if (type === "text") fields["wording"] = words.get("wording") ?? "";
  else if (type === "new") {
    for (const part of parts(attribute(element, "kind") ?? "")) {
      const text = words.get(part) ?? "";
      if (text !== "") fields[part] = text;
    }
  }
  return { id, fields };
}

/** Makes a record that proposes nothing yet, with every wording it will need: one transaction, never undone. */
export function makeGhost(root: Holder, record: ProposalRecord, cells: number): void {
  const element = new Y.XmlElement(record.type);
  for (const [name, value] of Object.entries(attributesOf(record))) element.setAttribute(name, value);
  if (record.type === "text") {
    element.setAttribute("to", String(record.from));
    element.setAttribute("at", String(record.from));
  } else element.setAttribute("on", "0");
  const made = partsOf(record, cells).map((part) => words(part));
  if (made.length > 0) element.insert(0, made);
  root.push([element]);
}

/** Writes what has changed of a record that is there, and nothing else. False where it is not there. */
export function writeOver(root: Holder, record: ProposalRecord): boolean {
  const element = elementOf(root, record.id);
  if (element === null) return false;
  for (const [name, value] of Object.entries(attributesOf(record))) {
    if (attribute(element, name) !== value) element.setAttribute(name, value);
  }
  const meant: Readonly<Record<string, string>> = record.type === "text" ? { wording: record.wording } : record.type === "new" ? record.words : {};
  const now = wordings(element);
  for (const part of new Set([...now.keys(), ...Object.keys(meant)])) {
    writeWords(element, part, now.get(part) ?? "", meant[part] ?? "");
  }
  return true;
}

/** Which element counts for an id: where two were made, the one that `layerOf` reads. */
export function elementOf(root: Holder, id: string): Y.XmlElement | null {
  let best: { readonly element: Y.XmlElement; readonly as: string } | null = null;
  for (const element of elements(root)) {
    const read = fieldsOf(element);
    if (read?.id !== id) continue;
    const as = canonical(read.fields);
    if (best === null || compare(best.as, as) < 0) best = { element, as };
  }
  return best?.element ?? null;
}

function elements(root: Holder): Y.XmlElement[] {
  return root.toArray().filter((child): child is Y.XmlElement => child instanceof Y.XmlElement);
}

function attribute(element: Y.XmlElement, name: string): string | null {
  const value: unknown = element.getAttribute(name);
  return typeof value === "string" ? value : null;
}

/** The wordings by part; where two people made one part, both texts in document order. */
function wordings(element: Y.XmlElement): Map<string, string> {
  const found = new Map<string, string>();
  for (const { part, text } of textsOf(element)) found.set(part, (found.get(part) ?? "") + plain(text));
  return found;
}

function textsOf(element: Y.XmlElement): { readonly part: string; readonly text: Y.XmlText }[] {
  const found: { part: string; text: Y.XmlText }[] = [];
  for (const child of element.toArray()) {
    if (!(child instanceof Y.XmlElement) || child.nodeName !== "words") continue;
    const part = attribute(child, "part") ?? "wording";
    for (const text of child.toArray()) if (text instanceof Y.XmlText) found.push({ part, text });
  }
  return found;
}

/** The letters of a shared text; whatever else somebody put in it is passed over. */
function plain(text: Y.XmlText): string {
  const parts = text.toDelta() as { insert?: unknown }[];
  return parts.map(({ insert }) => (typeof insert === "string" ? insert : "")).join("");
}

function writeWords(element: Y.XmlElement, part: string, old: string, now: string): void {
  const change = smallestChange(old, now);
  if (change === null) return;
  const own = textsOf(element).filter((one) => one.part === part);
  if (own.length === 0) {
    element.push([words(part, now)]);
    return;
  }
  let { at, remove } = change;
  let isPlaced = change.insert === "";
  for (const { text } of own) {
    const long = plain(text).length;
    if (at <= long) {
      const taken = Math.min(remove, long - at);
      if (taken > 0) text.delete(at, taken);
      if (!isPlaced) text.insert(at, change.insert);
      isPlaced = true;
      remove -= taken;
    }
    at = Math.max(0, at - long);
    if (isPlaced && remove === 0) return;
  }
}

function words(part: string, text = ""): Y.XmlElement {
  const element = new Y.XmlElement("words");
  element.setAttribute("part", part);
  element.insert(0, [new Y.XmlText(text)]);
  return element;
}

function partsOf(record: ProposalRecord, cells: number): string[] {
  if (record.type === "rm") return [];
  if (record.type === "text") return ["wording"];
  return partsOfKind(record, cells);
}

function partsOfKind(record: NewRecord, cells: number): string[] {
  if (record.kind === "tr") return Array.from({ length: cells }, (_, place) => (place === 0 ? "wording" : `w${place}`));
  return parts(record.kind);
}

function attributesOf(record: ProposalRecord): Record<string, string> {
  const found: Record<string, string> = { id: record.id };
  if (record.counters !== "") found["counters"] = record.counters;
  if (record.countersHash !== "") found["counters_hash"] = record.countersHash;
  if (record.group !== "") found["group"] = record.group;
  if (record.moves !== "") found["moves"] = record.moves;
  if (record.type === "text") {
    const { block, from, to, at, rank } = record;
    return { ...found, block, from: String(from), to: String(to), at: String(at), rank };
  }
  const on = record.on ? "1" : "0";
  return record.type === "rm" ? { ...found, block: record.block, on } : { ...found, after: record.after, kind: record.kind, rank: record.rank, on };
}

/** JSON with sorted names, the same text as on the server. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === "object" && inner !== null ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => compare(one, other))) : inner,
  );
}

/** By UTF-16 units, as the server compares them too. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
