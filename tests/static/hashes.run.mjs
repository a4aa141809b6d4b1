// Reads updates (base64, a JSON list) from the file given first; for each, writes the hash of its text (under the root
// given second), then edits it at random (by the seed of its place) and writes the new update and hash. Run by test_hashes.py.
import { readFileSync } from "node:fs";
import * as Y from "yjs";
import { contentHash } from "../../static/src/tree.ts";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

function texts(parent) {
  return parent.toArray().flatMap((child) => (child instanceof Y.XmlText ? [child] : child instanceof Y.XmlElement ? texts(child) : []));
}

function edit(fragment, seed) {
  let state = seed + 1;
  const draw = (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return limit === 0 ? 0 : state % limit;
  };
  for (const text of texts(fragment)) {
    const at = draw(text.length + 1);
    text.insert(at, ["new words ", "é😀", "\u2028\u007f\u0001\"\\", "\ttab"][draw(4)]);
    const from = draw(text.length);
    const marks = [{ strong: {} }, { em: {} }, { strong: null }, { link: { href: "https://example.org" } }, { "link--abcdefgh": { href: "tel:+44" } }];
    text.format(from, 1 + draw(text.length - from), marks[draw(marks.length)]);
    if (draw(3) === 0) text.delete(draw(text.length), 1);
  }
  const paragraph = new Y.XmlElement("paragraph");
  paragraph.insert(0, [new Y.XmlText("one"), new Y.XmlText(" line"), new Y.XmlElement("hard_break")]);
  fragment.insert(draw(fragment.length + 1), [paragraph]);
  const heading = new Y.XmlElement("heading");
  heading.setAttribute("level", 3);
  heading.setAttribute("none", null);
  heading.setAttribute("\u{1f600}", "above");
  heading.setAttribute("\uffee", "below");
  fragment.insert(0, [heading]);
  // Words that do not say which part they are: what is not written is not hashed either.
  const bare = new Y.XmlElement("text");
  const words = new Y.XmlElement("words");
  words.insert(0, [new Y.XmlText("once a week")]);
  bare.insert(0, [words]);
  fragment.push([bare]);
  if (fragment.length > 2) fragment.delete(draw(fragment.length), 1);
}

const root = process.argv[3] ?? "prosemirror";
const found = [];
for (const [seed, update] of JSON.parse(readFileSync(process.argv[2], "utf8")).entries()) {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, bytes(update));
  const fragment = doc.getXmlFragment(root);
  const hash = await contentHash(fragment);
  doc.transact(() => edit(fragment, seed));
  const edited = Buffer.from(Y.encodeStateAsUpdate(doc)).toString("base64");
  found.push({ hash, edited, editedHash: await contentHash(fragment) });
}
process.stdout.write(JSON.stringify(found));
