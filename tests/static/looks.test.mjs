// How words look, which of them a view keeps, and where the cards stand.
import assert from "node:assert/strict";
import test from "node:test";
import { anchorOf, offsetOf } from "../../static/src/redline/anchors.ts";
import { lookOf } from "../../static/src/redline/looks.ts";
import { viewOf } from "../../static/src/redline/views.ts";
import { stacked } from "../../static/src/redline/cards/layout.ts";
import { anchorFrom, told } from "../../static/src/redline/editor/carets.ts";
import { PROFILE } from "./layers.mjs";

const known = new Map(["family:a", "authority:b", "family:c"].map((key) => [key, { key, side: key.split(":")[0] }]));
const standing = (statuses = {}) => ({ profile: PROFILE, known, status: (key) => statuses[key] ?? "proposed" });
const RUNS = [{ text: "He " }, { text: "may", struck: ["authority:b", "family:a"] }, { text: "will", by: "family:a" }, { text: " go." }];
const SHOWN = [{ id: "p", type: "paragraph", runs: RUNS }, { id: "q", type: "paragraph", runs: [{ text: "Plain." }] }];
const words = (shown) => shown.map((block) => block.runs.map((run) => run.text).join(""));

test("words that both sides strike carry both styles, both letters and say so", () => {
  const look = lookOf(RUNS[1], [], standing());
  assert.equal(look.classes, "app-rl app-rl--family app-rl--authority app-rl--del app-rl-bold app-rl-italic app-rl-strike");
  assert.deepEqual(look.letters, ["F", "C"]);
  assert.equal(look.words, "Family and Council propose deleting: ");
});

test("one agreed proposal makes the words agreed, whoever else strikes them", () => {
  const look = lookOf(RUNS[1], [], standing({ "family:a": "agreed" }));
  assert.equal(look.classes, "app-rl app-rl--agreed app-rl--del app-rl-underline app-rl-strike");
  assert.equal(look.words, "Agreed, deleted: ");
});

test("words of a removed block are struck, original words are plain", () => {
  assert.equal(lookOf({ text: "x" }, ["family:a"], standing()).isDeleted, true);
  assert.deepEqual(lookOf({ text: "x" }, [], standing()).keys, []);
});

test("each view keeps its own words, and the original is the original", () => {
  const status = standing({ "authority:b": "agreed" }).status;
  const plain = () => "proposed";
  assert.deepEqual(words(viewOf(SHOWN, "original", "family", plain)), ["He may go.", "Plain."]);
  assert.deepEqual(words(viewOf(SHOWN, "ours", "family", plain)), ["He will go.", "Plain."]);
  assert.deepEqual(words(viewOf(SHOWN, "theirs", "family", plain)), ["He  go.", "Plain."]);
  assert.deepEqual(words(viewOf(SHOWN, "agreed", "family", plain)), ["He may go.", "Plain."]);
  assert.deepEqual(words(viewOf(SHOWN, "agreed", "family", status)), ["He  go.", "Plain."]);
  assert.deepEqual(viewOf(SHOWN, "disputed", "family", plain).map((block) => block.id), ["p"]);
});

test("cards never overlap, keep their order, and the one in use is level with its words", () => {
  const cards = [{ wanted: 0, height: 100 }, { wanted: 20, height: 50 }, { wanted: 400, height: 10 }];
  assert.deepEqual(stacked(cards, null), [0, 112, 400]);
  const low = [{ wanted: 300, height: 100 }, { wanted: 310, height: 50 }, { wanted: 320, height: 10 }];
  assert.deepEqual(stacked(low, 2), [146, 258, 320]);
  const high = stacked([{ wanted: 10, height: 100 }, { wanted: 20, height: 50 }], 1);
  assert.ok(high[0] >= 0 && high[1] >= high[0] + 100);
});

test("an anchor finds its character again, and tells no words", () => {
  for (let offset = 0; offset <= 14; offset += 1) assert.equal(offsetOf(anchorOf("p", RUNS, offset), RUNS), offset);
  const inside = anchorOf("p", RUNS, 8);
  const longer = RUNS.map((run) => (run.by ? { ...run, text: "really will" } : run));
  assert.equal(offsetOf(inside, longer), 15);
  const said = JSON.parse(JSON.stringify(told({ anchor: inside, head: inside })));
  assert.deepEqual(said.head, { block: "p", base: 6, key: "family:a", index: 2 });
  assert.deepEqual(anchorFrom(said.head), said.head);
  assert.equal(anchorFrom({ block: 3, base: 0 }), null);
});
