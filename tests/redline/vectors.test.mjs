// The shared vectors, held against the browser's engine. Python holds them too (tests/sections/redline/test_vectors.py).

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const redline = await import(process.env.REDLINE);
const { Baseline, changes, compose, decompose, edit, isLive, records, texts, toValue, viewOf, wordDiff } = redline;
const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "redline_vectors");

/** Values JSON cannot spell are written as strings. */
const SPELT = new Map([["@@NaN", NaN], ["@@Infinity", Infinity], ["@@-Infinity", -Infinity]]);

function read(name) {
  const revive = (_key, value) => (typeof value === "string" && SPELT.has(value) ? SPELT.get(value) : value);
  return JSON.parse(readFileSync(join(folder, name), "utf8"), revive);
}

function minting() {
  let count = 0;
  return () => `n${(count += 1)}`;
}

function plain(value) {
  return JSON.parse(JSON.stringify(value));
}

function normalised(baseline, layers) {
  const known = [...records(baseline, layers)];
  return Object.fromEntries(known.map(([key, record]) => [key, { ...toValue(record), live: isLive(record) }]));
}

for (const name of readdirSync(folder).filter((file) => file.startsWith("compose")).sort()) {
  const { baselines, vectors } = read(name);
  test(`${name}: ${vectors.length} layers are read and composed as on the server`, () => {
    for (const { name: title, baseline: place, layers, records: expected, shown } of vectors) {
      const baseline = new Baseline(baselines[place]);
      assert.deepEqual(normalised(baseline, layers), expected, title);
      assert.deepEqual(plain(compose(baseline, layers)), shown, title);
    }
  });
}

for (const name of readdirSync(folder).filter((file) => file.startsWith("edit")).sort()) {
  const { baselines, vectors } = read(name);
  test(`${name}: ${vectors.length} acts have the same outcome as on the server`, () => {
    for (const { name: title, baseline: place, layers, act, expected } of vectors) {
      const baseline = new Baseline(baselines[place]);
      const shown = texts(compose(baseline, layers)).find((block) => block.id === act.block);
      const mint = minting();
      const { me, towards, owner, block } = act;
      const edited = edit(shown.runs, act.from, act.to, act.text, { me, mint, towards, owner, apart: new Set(act.apart) });
      const known = records(baseline, layers);
      const found = owner === undefined ? [...decompose(edited.runs, { me, block, known, mint })] : [];
      const wrote = Object.fromEntries(found.map(([key, record]) => [key, toValue(record)]));
      assert.deepEqual(plain({ runs: edited.runs, caret: edited.caret, offers: edited.offers, records: wrote }), expected, title);
    }
  });
}

test("two wordings are compared word by word as on the server", () => {
  for (const { old, new: now, pieces } of read("words.json").vectors) assert.deepEqual(wordDiff(old, now), pieces);
});

test("what is still open is shown as on the server, with the title of the item it is in", () => {
  const { baselines, vectors } = read("views.json");
  for (const { name, baseline: place, layers, standing, shown } of vectors) {
    const composed = compose(new Baseline(baselines[place]), layers);
    assert.deepEqual(plain(viewOf(composed, "disputed", "family", (key) => standing[key])), shown, name);
  }
});

test("sessions at the keyboard end with the same layers and the same display as on the server", () => {
  const { baselines, vectors } = read("sessions.json");
  const baseline = new Baseline(baselines[0]);
  for (const { name, acts, layers: expected, shown } of vectors) {
    const layers = { authority: {}, family: {} };
    const mint = minting();
    for (const { me, block, from, to, text, towards, apart } of acts) {
      const known = records(baseline, layers);
      const { runs } = texts(compose(baseline, layers)).find((one) => one.id === block);
      const edited = edit(runs, from, to, text, { me, mint, towards, apart: new Set(apart) });
      const hand = { me, block, known, mint };
      const mine = new Map([...known].filter(([, record]) => record.side === me));
      for (const record of changes(mine, decompose(edited.runs, hand), hand)) layers[me][record.id] = toValue(record);
    }
    assert.deepEqual(layers, expected, name);
    assert.deepEqual(plain(compose(baseline, layers)), shown, name);
  }
});
