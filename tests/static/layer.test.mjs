// A layer of proposals in a shared document: read, written as little as will do, undone without harm to colleagues.
import assert from "node:assert/strict";
import test from "node:test";
import * as Y from "yjs";
import { newBlock, removeBlock, replaceShown, withdrawn } from "../../static/src/redline/acts.ts";
import { elementOf, layerOf } from "../../static/src/redline/layer.ts";
import { texts } from "../../static/src/redline/compose.ts";
import { fourPages, Page } from "./layers.mjs";

const at = (block, offset) => ({ block, offset });

function type(page, block, from, to, words) {
  const outcome = replaceShown(page.board.state(), at(block, from), at(block, to), words);
  page.board.write(outcome.writes);
  return outcome.writes[0];
}

function seen(page, id) {
  const block = texts(page.board.shown()).find((one) => one.id === id);
  return block.runs.map((run) => (run.by ? `+${run.text}+` : run.struck ? `-${run.text}-` : run.text)).join("");
}

test("a record is an element with string attributes and its wording inside, and reads back as the same fields", () => {
  const page = new Page("family");
  const record = type(page, "intro", 7, 11, "gets 😀");
  const element = elementOf(page.layers.family.root, record.id);
  assert.equal(element.nodeName, "text");
  assert.deepEqual({ ...element.getAttributes() }, { id: record.id, block: "intro", from: "7", to: "11", at: "11", rank: record.rank });
  const words = element.get(0);
  assert.equal(words.nodeName, "words");
  assert.equal(words.getAttribute("part"), "wording");
  assert.equal(words.get(0).toString(), "gets 😀");
  const { type: kind, block, from, to, at: place, rank, wording } = record;
  assert.deepEqual(layerOf(page.layers.family.root)[record.id], { type: kind, block, from, to, at: place, rank, wording });
});

test("a new record and its wordings come in one transaction, with every part that its kind has", () => {
  const page = new Page("family");
  const made = [];
  page.docs.family.on("afterTransaction", (transaction) => made.push(transaction.changed.size));
  const record = newBlock(page.board.state(), "row", "tr");
  page.board.write([record]);
  const element = elementOf(page.layers.family.root, record.id);
  assert.deepEqual(element.toArray().map((child) => child.getAttribute("part")), ["wording", "w1"]);
  assert.equal(element.getAttribute("on"), "1");
  assert.ok(element.toArray().every((child) => child.get(0) instanceof Y.XmlText));
  const item = newBlock(page.board.state(), "prov", "provision");
  page.board.write([item]);
  const names = elementOf(page.layers.family.root, item.id).toArray().map((child) => child.getAttribute("part"));
  assert.deepEqual([names[0], names[1], names.at(-1), names.length], ["wording", "w_what", "w_text", 10]);
});

test("typing on sends the letters only", () => {
  const page = new Page("family");
  type(page, "intro", 7, 7, "a long wording that was there already ");
  let bytes = 0;
  page.docs.family.on("update", (update) => { bytes += update.length; });
  type(page, "intro", 45, 45, "x");
  assert.ok(bytes > 0 && bytes < 40, `${bytes} bytes`);
});

test("writing the same record again sends nothing", () => {
  const page = new Page("family");
  const record = type(page, "intro", 7, 11, "gets");
  let count = 0;
  page.docs.family.on("update", () => { count += 1; });
  page.board.write([record]);
  assert.equal(count, 0);
});

test("undo leaves a record that proposes nothing with all its attributes, and redo brings the words back", () => {
  const page = new Page("family");
  const record = type(page, "intro", 7, 11, "gets");
  page.board.newStep();
  page.board.write([newBlock(page.board.state(), "intro", "p")]);
  page.board.newStep();
  page.board.write(removeBlock(page.board.state(), "prov").writes);
  for (let step = 0; step < 3; step += 1) assert.equal(page.board.undo(), true);
  assert.equal(page.board.undo(), false);
  assert.equal(seen(page, "intro"), "A will have speech therapy 😀 as required.");
  const fields = layerOf(page.layers.family.root);
  assert.equal(Object.keys(fields).length, 3, "nothing is taken out of the layer");
  assert.deepEqual([fields[record.id].from, fields[record.id].to, fields[record.id].wording], [7, 7, ""]);
  for (const one of Object.values(fields)) if (one.type !== "text") assert.equal(one.on, 0);
  for (let step = 0; step < 3; step += 1) assert.equal(page.board.redo(), true);
  assert.equal(seen(page, "intro"), "A will -have-+gets+ speech therapy 😀 as required.");
});

test("undo takes back my letters and leaves a colleague's in the same wording", () => {
  const [mine, colleague] = fourPages();
  type(mine, "intro", 7, 7, "now ");
  type(colleague, "intro", 9, 9, "THEIRS");
  assert.equal(seen(mine, "intro").slice(0, 19), "A will +noTHEIRSw +");
  mine.board.undo();
  assert.match(seen(mine, "intro"), /\+THEIRS\+/);
  assert.equal(seen(mine, "intro"), seen(colleague, "intro"));
});

test("withdrawing what a colleague types in, offline, takes my words and keeps theirs", () => {
  const [mine, colleague] = fourPages();
  const record = type(mine, "intro", 7, 7, "now ");
  colleague.isOnline = false;
  type(colleague, "intro", 9, 9, "THEIRS");
  mine.board.write([withdrawn(record)]);
  colleague.online();
  assert.match(seen(mine, "intro"), /\+THEIRS\+/);
  assert.equal(seen(mine, "intro"), seen(colleague, "intro"));
});

test("of two elements with one id every page reads the same one, and two texts of one part are one wording", () => {
  const page = new Page("family");
  const { root } = page.layers.family;
  const make = (from, ...wordings) => {
    const element = new Y.XmlElement("text");
    for (const [name, value] of Object.entries({ id: "twice", block: "intro", from, to: "9", at: "9", rank: "V" })) element.setAttribute(name, value);
    element.insert(0, wordings.map((words) => {
      const holder = new Y.XmlElement("words");
      holder.insert(0, [new Y.XmlText(words)]);
      return holder;
    }));
    return element;
  };
  root.push([make("7", "a", "b"), make("2", "c")]);
  const read = layerOf(root).twice;
  assert.deepEqual([read.from, read.wording], [7, "ab"]);
  const shown = page.board.known().get("family:twice");
  page.board.write([{ ...shown, wording: "aXb!" }]);
  assert.equal(layerOf(root).twice.wording, "aXb!");
});

test("anything at all may stand in a layer: what is no record is passed over", () => {
  const page = new Page("family");
  const { root } = page.layers.family;
  const odd = new Y.XmlElement("evil");
  odd.setAttribute("id", "odd");
  const bare = new Y.XmlElement("text");
  const wrong = new Y.XmlElement("new");
  for (const [name, value] of Object.entries({ id: "wrong", after: "nowhere", kind: "script", on: "yes" })) wrong.setAttribute(name, value);
  root.push([odd, bare, wrong, new Y.XmlText("loose")]);
  assert.deepEqual(layerOf(root), { wrong: { type: "new", after: "nowhere", kind: "script" } });
  assert.equal(page.board.known().size, 0);
});
