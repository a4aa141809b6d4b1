// The canonical tree of a section and its hash, exactly as crdt/blocks.py has them on the server, so that the two texts
// can be compared. Null where something is spelt in a way the two might not spell alike: then nothing is compared.

import * as Y from "yjs";

type Attributes = Record<string, string>;
export interface Run {
  text: string;
  marks?: Record<string, Attributes>;
}
export interface Branch {
  type: string;
  attrs?: Attributes;
  children: (Branch | Run)[];
}

const HASHED_MARK = /^([^]*)--[a-zA-Z0-9+/=]{8}$/;
const LONE_HALF = /\p{Surrogate}/u;
const DEEPEST = 200;

/** Something was met that this page does not spell; caught here and never seen outside. */
class Unspelt extends Error {}

export function treeOf(fragment: Y.XmlFragment): Branch | null {
  try {
    return { type: "doc", children: childrenOf(fragment, 0) };
  } catch (error) {
    if (error instanceof Unspelt) return null;
    throw error;
  }
}

function childrenOf(parent: Y.XmlFragment, depth: number): (Branch | Run)[] {
  if (depth > DEEPEST) throw new Unspelt();
  const found: (Branch | Run)[] = [];
  for (const child of parent.toArray() as unknown[]) {
    if (child instanceof Y.XmlElement) {
      const made: Branch = { type: child.nodeName, children: childrenOf(child, depth + 1) };
      const attrs = attributesOf(child.getAttributes());
      if (Object.keys(attrs).length > 0) made.attrs = attrs;
      found.push(made);
    } else if (child instanceof Y.XmlText) {
      for (const part of child.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]) {
        if (typeof part.insert === "string") addRun(found, part.insert, marksOf(part.attributes ?? {}));
        else found.push({ type: "embed", children: [] });
      }
    }
  }
  return found;
}

function addRun(found: (Branch | Run)[], text: string, marks: Record<string, Attributes>): void {
  if (text === "") return;
  const last = found.at(-1);
  if (last !== undefined && "text" in last && canonical(last.marks ?? {}) === canonical(marks)) {
    last.text += text;
    return;
  }
  found.push(Object.keys(marks).length > 0 ? { text, marks } : { text });
}

function marksOf(given: Record<string, unknown>): Record<string, Attributes> {
  const found: Record<string, Attributes> = {};
  for (const name of Object.keys(given).sort(byCodePoint)) {
    const value = given[name];
    if (value === null || value === undefined) continue;
    const own = HASHED_MARK.exec(name)?.[1] ?? name;
    found[own] = typeof value === "object" && !Array.isArray(value) ? attributesOf(value as Record<string, unknown>) : {};
  }
  return found;
}

function attributesOf(given: Record<string, unknown>): Attributes {
  const found: Attributes = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    if (typeof value === "string") found[name] = value;
    else if (typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value))) found[name] = String(value);
    else throw new Unspelt();
  }
  return found;
}

/** Python sorts by code point, JavaScript by UTF-16 unit. */
function byCodePoint(one: string, other: string): number {
  const right = points(other);
  for (const [index, point] of points(one).entries()) {
    const difference = point - (right[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return points(one).length - right.length;
}

function points(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

/** JSON with sorted keys and no spaces. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [other]) => byCodePoint(one, other));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

/** SHA-256 of the text, as hexadecimal; null where the browser or the text does not allow it. */
export async function contentHash(fragment: Y.XmlFragment): Promise<string | null> {
  // Absent where the page did not come over a secure connection.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  const tree = subtle === undefined ? null : treeOf(fragment);
  if (subtle === undefined || tree === null) return null;
  const text = canonical(tree);
  if (LONE_HALF.test(text)) return null;
  const digest = await subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
