// What people do with the text and its blocks: selections over several blocks, Enter, new blocks, answers. Run by
// tests/sections/redline/test_twin.py.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { chance } from "./chance.mjs";

const redline = await import(process.env.REDLINE);
const { Baseline, compose, counter, enter, newBlock, records, removeBlock, replaceShown, stepBack, stepForward } = redline;
const { texts, toValue } = redline;

const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "redline_vectors");
const [, value] = JSON.parse(readFileSync(join(folder, "edit_random.json"), "utf8")).baselines;
const baseline = new Baseline(value);
const found = texts(compose(baseline, {}));
const idOf = (words) => found.find((block) => block.runs[0]?.text === words).id;
const INTRO = idOf("He may join in.");
const FIRST = idOf("First.");

function start(layers = { family: {}, authority: {} }) {
  let count = 0;
  return { layers, mint: () => `n${(count += 1)}` };
}

function stateOf({ layers, mint }, me = "family") {
  return { baseline, known: records(baseline, layers), me, mint };
}

function write({ layers }, outcome, me = "family") {
  for (const record of outcome.writes) {
    assert.equal(record.side, me, "a side writes its own layer only");
    layers[me][record.id] = toValue(record);
  }
  return outcome;
}

function seen(layers) {
  return texts(compose(baseline, layers)).map((block) => {
    const words = block.runs.map((run) => (run.by ? `+${run.text}+` : run.struck ? `-${run.text}-` : run.text)).join("");
    return block.removed ? `[${words}]` : words;
  });
}

test("typing over several blocks is one group: a replacement, whole blocks removed, a part struck", () => {
  const work = start();
  const to = { block: "provspeech.title", offset: 4 };
  const outcome = write(work, replaceShown(stateOf(work), { block: INTRO, offset: 3 }, to, "X"));
  const words = seen(work.layers);
  assert.equal(words[1], "He -may join in.-+X+");
  assert.deepEqual(words.slice(2, 5), ["[First.]", "[Second 😀.]", "[More.]"]);
  assert.equal(words[5], "-Ther-apy");
  assert.equal(new Set(outcome.writes.map((record) => record.group)).size, 1);
  assert.notEqual(outcome.writes[0].group, "");
  const lists = outcome.writes.filter((record) => record.type === "rm");
  assert.deepEqual(lists.map((record) => baseline.places.get(record.block).block.type), ["bullet_list"]);
});

test("a selection drawn backwards is the same act", () => {
  const work = start();
  write(work, replaceShown(stateOf(work), { block: FIRST, offset: 2 }, { block: INTRO, offset: 3 }, ""));
  assert.deepEqual(seen(work.layers).slice(1, 3), ["He -may join in.-", "-Fi-rst."]);
});

test("Enter at the end of a paragraph makes a paragraph, of a list entry an entry, elsewhere a line break", () => {
  const work = start();
  const after = write(work, enter(stateOf(work), { block: INTRO, offset: 15 }));
  write(work, replaceShown(stateOf(work), after.caret, after.caret, "New"));
  const entry = write(work, enter(stateOf(work), { block: FIRST, offset: 6 }));
  write(work, replaceShown(stateOf(work), entry.caret, entry.caret, "Entry"));
  const second = write(work, enter(stateOf(work), { block: entry.caret.block, offset: 5 }));
  write(work, replaceShown(stateOf(work), second.caret, second.caret, "Another"));
  write(work, enter(stateOf(work), { block: INTRO, offset: 6 }));
  assert.deepEqual(seen(work.layers).slice(1, 6), ["He may+\n+ join in.", "+New+", "First.", "+Entry+", "+Another+"]);
  const list = compose(baseline, work.layers).find((block) => block.type === "bullet_list");
  assert.equal(list.blocks.length, 4);
});

test("a new block comes directly after its anchor, before those made earlier", () => {
  const work = start();
  for (const words of ["one", "two"]) {
    const record = newBlock(stateOf(work), INTRO, "p");
    write(work, { writes: [{ ...record, words: { wording: words } }] });
  }
  assert.deepEqual(seen(work.layers).slice(2, 4), ["+two+", "+one+"]);
});

test("a whole new item and a new row are one record each", () => {
  const work = start();
  write(work, { writes: [newBlock(stateOf(work), "provspeech", "provision")] });
  const table = value.blocks.find((block) => block.type === "table");
  write(work, { writes: [newBlock(stateOf(work), table.blocks[1].id, "tr")] });
  const shown = compose(baseline, work.layers);
  assert.equal(shown.find((block) => block.key).blocks.length, 10);
  const row = shown.find((block) => block.type === "table").blocks[2];
  assert.equal(row.blocks.length, 2);
  write(work, replaceShown(stateOf(work), { block: row.blocks[1].blocks[0].id, offset: 0 }, { block: row.blocks[1].blocks[0].id, offset: 0 }, "Cell"));
  assert.ok(seen(work.layers).includes("+Cell+"));
});

test("removing twice is one record, and an own new block is withdrawn", () => {
  const work = start();
  write(work, removeBlock(stateOf(work), "provspeech"));
  assert.deepEqual(removeBlock(stateOf(work), "provspeech").writes, []);
  assert.deepEqual(removeBlock(stateOf(work), "provspeech.title").writes, []);
  const record = newBlock(stateOf(work), INTRO, "p");
  write(work, { writes: [record] });
  write(work, removeBlock(stateOf(work), record.key));
  assert.equal(work.layers.family[record.id].on, 0);
});

test("the other side's new block is answered, never withdrawn or written in", () => {
  const work = start();
  const theirs = newBlock(stateOf(work, "authority"), INTRO, "p");
  write(work, { writes: [{ ...theirs, words: { wording: "Theirs" } }] }, "authority");
  const block = `${theirs.key}#wording`;
  assert.deepEqual(removeBlock(stateOf(work), theirs.key), { writes: [], caret: { block: theirs.key, offset: 0 }, offers: [theirs.key] });
  const typed = replaceShown(stateOf(work), { block, offset: 0 }, { block, offset: 6 }, "Mine");
  assert.deepEqual([typed.writes, typed.offers], [[], [theirs.key]]);
  const answer = counter(stateOf(work), theirs.key, "ab".repeat(32));
  write(work, { writes: [answer] });
  assert.deepEqual(seen(work.layers).slice(2, 4), ["+Theirs+", "+Theirs+"]);
  assert.equal(records(baseline, work.layers).get(answer.key).counters, theirs.key);
});

test("an answer to a replacement strikes the same words and stands directly behind it", () => {
  const work = start();
  const typed = replaceShown(stateOf(work, "authority"), { block: INTRO, offset: 3 }, { block: INTRO, offset: 6 }, "will");
  write(work, typed, "authority");
  const answer = counter(stateOf(work), typed.writes[0].key, "");
  write(work, { writes: [{ ...answer, wording: "will always" }] });
  assert.equal(seen(work.layers)[1], "He -may-+will++will always+ join in.");
  assert.equal(counter(stateOf(work, "authority"), typed.writes[0].key, ""), null);
});

test("Backspace and Delete take a character as people see it, and pass the other side's words whole", () => {
  const runs = [{ text: "a👩‍👧" }, { text: "theirs", by: "authority:x" }, { text: "e\u0301z" }];
  assert.deepEqual(stepBack(runs, 6, "family"), [1, 6]);
  assert.deepEqual(stepForward(runs, 1, "family"), [1, 6]);
  assert.deepEqual(stepBack(runs, 12, "family"), [6, 12]);
  assert.deepEqual(stepForward(runs, 6, "family"), [6, 12]);
  assert.deepEqual(stepForward(runs, 12, "family"), [12, 14]);
  assert.deepEqual(stepBack(runs, 0, "family"), [0, 0]);
  assert.deepEqual(stepForward(runs, 15, "family"), [15, 15]);
});

test("random acts over all blocks never touch the other side's words or the baseline", () => {
  const original = new Map(texts(compose(baseline, {})).map((block) => [block.id, baseline.text(block.id)]));
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = chance(seed);
    const work = start();
    for (let turn = 0; turn < 40; turn += 1) {
      const me = random.pick(["family", "authority"]);
      const other = me === "family" ? "authority" : "family";
      const before = JSON.stringify(work.layers[other]);
      const shown = texts(compose(baseline, work.layers));
      const spot = () => {
        const block = random.pick(shown);
        return { block: block.id, offset: random.upTo(block.runs.reduce((total, run) => total + run.text.length, 0)) };
      };
      const state = stateOf(work, me);
      const known = [...state.known.keys()];
      const acts = [
        () => replaceShown(state, spot(), spot(), random.next() < 0.5 ? random.words() : ""),
        () => enter(state, spot()),
        () => ({ writes: [newBlock(state, random.pick(["^", ...baseline.places.keys(), ...known]), random.pick(["p", "li", "need", "tr"]))] }),
        () => removeBlock(state, random.pick([...baseline.places.keys(), ...known])),
        () => ({ writes: known.length > 0 ? [counter(state, random.pick(known), "")].filter((one) => one !== null) : [] }),
      ];
      write(work, random.pick(acts)(), me);
      assert.equal(JSON.stringify(work.layers[other]), before, `seed ${seed}, turn ${turn}`);
      for (const block of texts(compose(baseline, work.layers))) {
        if (block.key) continue;
        const words = block.runs.filter((run) => run.by === undefined).map((run) => run.text).join("");
        assert.equal(words, original.get(block.id));
      }
    }
  }
});
