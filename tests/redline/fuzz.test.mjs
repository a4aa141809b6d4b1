// Two sides edit one text at random, 16,000 acts: what each act showed is exactly what its records compose to.
// Run by tests/sections/redline/test_twin.py, which bundles the engine and names the bundle in REDLINE.

import assert from "node:assert/strict";
import test from "node:test";
import { chance } from "./chance.mjs";

const redline = await import(process.env.REDLINE);
const { Baseline, changes, compose, composeRecords, decompose, edit, records, restore, smallestChange, texts, toValue } = redline;

const TEXTS = ["A will have speech therapy once a week.", "😀 smiles 👩‍👧 and 中文 waits 😀", "", "x"];

function baselineOf(words) {
  const blocks = words.map((text, place) => ({ id: `block${place}`, type: "paragraph", text }));
  return new Baseline({ version: 1, section: "F", hash: "", blocks });
}

function handOf(me, block, known, mint) {
  return { me, block, known, mint };
}

function baselineWords(runs) {
  return runs.filter((run) => run.by === undefined).map((run) => run.text).join("");
}

function minting() {
  let count = 0;
  return () => `n${(count += 1).toString(36)}`;
}

/** One random act; returns the display after it as edited and as composed. */
function act(state, random) {
  const { baseline, layers, mint } = state;
  const me = random.pick(["authority", "family"]);
  const block = random.pick(baseline.blocks).id;
  const known = records(baseline, layers);
  const runs = texts(composeRecords(baseline, known.values())).find((shown) => shown.id === block).runs;
  const long = runs.reduce((total, run) => total + run.text.length, 0);
  const from = random.upTo(long);
  const to = random.pick([from, Math.min(long, from + 1), random.upTo(long)]);
  const text = random.next() < 0.6 ? random.words() : "";
  const towards = random.pick(["start", "end"]);
  const own = [...known.keys()].filter((key) => key.startsWith(me));
  const apart = new Set(own.filter(() => random.next() < 0.1));
  const edited = edit(runs, from, to, text, { me, mint, apart, towards });
  const hand = handOf(me, block, known, mint);
  const mineHere = new Map([...known].filter(([, record]) => record.side === me));
  for (const record of changes(mineHere, decompose(edited.runs, hand), hand)) layers[me][record.id] = toValue(record);
  const after = texts(compose(baseline, layers)).find((shown) => shown.id === block).runs;
  return { edited, after, before: runs, block, me, text };
}

test("16,000 random acts by two sides show what their records compose to, and leave the baseline whole", () => {
  for (let seed = 1; seed <= 80; seed += 1) {
    const random = chance(seed);
    const state = { baseline: baselineOf(TEXTS), layers: { authority: {}, family: {} }, mint: minting() };
    for (let turn = 0; turn < 200; turn += 1) {
      const { edited, after, before, block, me } = act(state, random);
      assert.deepEqual(after, edited.runs, `seed ${seed}, turn ${turn}`);
      assert.equal(baselineWords(after), state.baseline.text(block));
      const shown = after.map((run) => run.text).join("");
      assert.ok(edited.caret >= 0 && edited.caret <= shown.length, `seed ${seed}, turn ${turn}: caret`);
      const theirs = (runs) => runs.filter((run) => run.by !== undefined && !run.by.startsWith(me));
      assert.deepEqual(theirs(after), theirs(before), "the other side's words are as they were");
    }
    for (const me of ["authority", "family"]) roundTrips(state.baseline, state.layers, me, state.mint);
  }
});

/** decompose(compose(x)) is x for every live text record of a side. */
function roundTrips(baseline, layers, me, mint) {
  const known = records(baseline, layers);
  const shown = new Map(texts(composeRecords(baseline, known.values())).map((block) => [block.id, block.runs]));
  for (const block of baseline.blocks) {
    if (block.text === undefined) continue;
    const found = decompose(shown.get(block.id), handOf(me, block.id, known, mint));
    const expected = [...known.values()].filter(
      (record) => record.type === "text" && record.side === me && record.block === block.id && redline.isLive(record),
    );
    assert.deepEqual(new Map(expected.map((record) => [record.key, record]).sort()), new Map([...found].sort()));
  }
}

test("40,000 arbitrary records, never made by the editor, go there and back unchanged", () => {
  for (let seed = 1; seed <= 2000; seed += 1) {
    const random = chance(seed);
    const baseline = baselineOf(TEXTS.slice(0, 2));
    const layers = { authority: {}, family: {} };
    for (let count = 0; count < 20; count += 1) {
      const number = () => random.pick([random.upTo(45), -3, 1e9, random.next() * 40, "7", null]);
      const rank = random.pick(["V", "K", "Vxy", "V0", "Z1", "", 3]);
      const wording = random.pick(["", random.words(), random.words() + random.words()]);
      const block = random.pick(["block0", "block1"]);
      const record = { type: "text", block, from: number(), to: number(), at: number(), rank, wording };
      layers[random.pick(["authority", "family"])][`r${count}`] = record;
    }
    for (const me of ["authority", "family"]) roundTrips(baseline, layers, me, minting());
  }
});

test("taking a strike off its middle leaves two records and the same words", () => {
  for (let seed = 1; seed <= 2000; seed += 1) {
    const random = chance(seed);
    const state = { baseline: baselineOf(TEXTS.slice(0, 1)), layers: { authority: {}, family: {} }, mint: minting() };
    for (let turn = 0; turn < 6; turn += 1) act(state, random);
    const known = records(state.baseline, state.layers);
    const runs = composeRecords(state.baseline, known.values())[0].runs;
    const cleared = restore(runs, random.upTo(20), 20 + random.upTo(20), "family");
    const hand = handOf("family", "block0", known, state.mint);
    for (const record of changes(known, decompose(cleared, hand), hand)) {
      state.layers.family[record.id] = toValue(record);
    }
    const sides = (list) => list.map(({ text, by, struck = [] }) => [text, by ?? "", struck.map((key) => key.split(":")[0])]);
    assert.deepEqual(sides(compose(state.baseline, state.layers)[0].runs), sides(cleared), `seed ${seed}`);
  }
});

test("the smallest change of a wording makes the new one and never cuts a character", () => {
  for (let seed = 1; seed <= 5000; seed += 1) {
    const random = chance(seed);
    const whole = ["a", "😀", "😁", "🙀", "é", " ", "👩‍👧"];
    const words = () => Array.from({ length: random.upTo(5) }, () => random.pick(whole)).join("");
    const [old, now] = [words(), words()];
    const change = smallestChange(old, now) ?? { at: 0, remove: 0, insert: "" };
    assert.equal(old.slice(0, change.at) + change.insert + old.slice(change.at + change.remove), now);
    for (const part of [old.slice(0, change.at), change.insert, old.slice(change.at + change.remove)]) {
      assert.ok(part.isWellFormed(), `seed ${seed}`);
    }
    assert.ok(change.remove >= 0);
  }
});
