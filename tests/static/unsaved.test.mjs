import assert from "node:assert/strict";
import { test } from "node:test";
import * as Y from "yjs";
import { stillMissing, unsaved } from "../../static/src/unsaved.ts";
import { countWords } from "../../static/src/words.ts";

function section() {
  const theirs = new Y.Doc();
  const fragment = theirs.getXmlFragment("prosemirror");
  const paragraph = new Y.XmlElement("paragraph");
  paragraph.insert(0, [new Y.XmlText("She reads well.")]);
  const need = new Y.XmlElement("need");
  need.setAttribute("id", "needreadin");
  const title = new Y.XmlElement("title");
  title.insert(0, [new Y.XmlText("Reading")]);
  const field = new Y.XmlElement("field");
  field.setAttribute("name", "who");
  field.insert(0, [new Y.XmlText("")]);
  need.insert(0, [title, field]);
  fragment.insert(0, [paragraph, need]);
  const mine = new Y.Doc();
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
  return mine;
}

const line = (doc, ...path) => path.reduce((at, index) => at.get(index), doc.getXmlFragment("prosemirror")).get(0);
const clock = (doc) => Y.getState(doc.store, doc.clientID);

test("other people's words are never counted as mine", () => {
  assert.deepEqual(unsaved(section(), 0), []);
});

test("words typed letter by letter come back as they were typed", () => {
  const doc = section();
  const text = line(doc, 0);
  for (const [index, letter] of [..." She likes maps."].entries()) text.insert(15 + index, letter);
  const fragments = unsaved(doc, 0);
  assert.equal(fragments.length, 1);
  assert.equal(fragments[0].text, " She likes maps.");
  assert.deepEqual(fragments[0].place, { item: null, field: null });
  assert.equal(countWords(fragments[0].text), 3);
});

test("what was durable before is left out, to the letter", () => {
  const doc = section();
  line(doc, 0).insert(15, " Saved.");
  const since = clock(doc);
  line(doc, 0).insert(22, " Not yet.");
  assert.deepEqual(
    unsaved(doc, since).map((fragment) => fragment.text),
    [" Not yet."],
  );
});

test("what was durable can be had alone, to the letter", () => {
  const doc = section();
  line(doc, 0).insert(15, " Saved.");
  const since = clock(doc);
  line(doc, 0).insert(22, " Not yet.");
  const texts = (until) => unsaved(doc, 0, until).map((fragment) => fragment.text);
  assert.deepEqual(texts(since), [" Saved."]);
  assert.deepEqual(texts(since - 1), [" Saved"]);
  assert.deepEqual(texts(0), []);
  assert.deepEqual(texts(clock(doc)), [" Saved. Not yet."]);
});

test("words that were taken out again are not counted", () => {
  const doc = section();
  line(doc, 0).insert(15, " Gone.");
  line(doc, 0).delete(15, 6);
  assert.deepEqual(unsaved(doc, 0), []);
});

test("words know the item and the line they stood in", () => {
  const doc = section();
  line(doc, 1, 0).insert(7, " aloud");
  line(doc, 1, 1).insert(0, "A teacher");
  assert.deepEqual(
    unsaved(doc, 0).map((fragment) => fragment.place),
    [
      { item: "needreadin", field: "title" },
      { item: "needreadin", field: "who" },
    ],
  );
});

test("pieces with other text between them stay apart", () => {
  const doc = section();
  line(doc, 0).insert(9, " very");
  line(doc, 0).insert(20, " Yes");
  const [fragment] = unsaved(doc, 0);
  assert.equal(countWords(fragment.text), 2);
});

test("words are counted as people count them", () => {
  const counts = { "": 0, "one": 1, "don't stop": 2, "30 minutes, 3.5 hours": 4, "co-ordination": 1, " – … ": 0, "naïve café": 2 };
  for (const [text, count] of Object.entries(counts)) assert.equal(countWords(text), count, text);
});

test("words the server has after all are dropped to the letter, and no others", () => {
  const doc = section();
  line(doc, 0).insert(15, " One two");
  const between = clock(doc);
  line(doc, 0).insert(23, " three");
  line(doc, 0).insert(0, "Yes,");
  const fragments = unsaved(doc, 0);
  const knows = (next) => (client) => (client === doc.clientID ? next : 0);
  const missing = (next) => stillMissing(fragments, knows(next)).map((fragment) => fragment.text);
  assert.deepEqual(missing(0), ["Yes, One two three"]);
  assert.deepEqual(missing(between - 2), ["Yes, wo three"]);
  assert.deepEqual(missing(between), ["Yes, three"]);
  assert.deepEqual(missing(between + 6), ["Yes,"]);
  assert.deepEqual(missing(clock(doc)), []);
});

test("the same words written by somebody else do not stand in for mine", () => {
  const doc = section();
  line(doc, 0).insert(15, " She reads well.");
  const fragments = unsaved(doc, 0);
  assert.deepEqual(stillMissing(fragments, () => 0), fragments);
});

test("words kept by an older page, which cannot be told apart, stay", () => {
  const old = [{ text: "She reads well.", place: { item: null, field: null } }];
  assert.deepEqual(stillMissing(old, () => 1_000), old);
});
