// Four people, two to a side, act at random, online and offline, with real shared documents and the document the page
// shows. Afterwards all screens are the same, each shows exactly what its records say, and the original is whole.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { EditorState } from "prosemirror-state";
import { counter, enter, newBlock, removeBlock, replaceShown, stepBack, stepForward } from "../../static/src/redline/acts.ts";
import { anchorOf, offsetOf } from "../../static/src/redline/anchors.ts";
import { texts } from "../../static/src/redline/compose.ts";
import { toValue } from "../../static/src/redline/records.ts";
import { drawn, recompose } from "../../static/src/redline/editor/draw.ts";
import { chance } from "../redline/chance.mjs";
import { BASELINE, fourPages } from "./layers.mjs";

const SEEDS = 24;
const TURNS = 60;

/** The page of one person: a ProseMirror state that follows the board by smallest steps. */
function watch(page) {
  const draw = () => drawn(page.board.shown(), page.board.standing, "F");
  const screen = { state: EditorState.create({ doc: draw() }), hits: 0 };
  page.board.onChange(() => {
    const tr = screen.state.tr;
    recompose(tr, draw());
    screen.state = screen.state.apply(tr);
    screen.state.doc.check();
    screen.hits += 1;
  });
  page.screen = screen;
  page.draw = draw;
}

function randomAct(page, random) {
  const state = page.board.state();
  const shown = texts(page.board.shown());
  const long = (block) => block.runs.reduce((total, run) => total + run.text.length, 0);
  const spot = () => {
    const block = random.pick(shown);
    return { block: block.id, offset: random.upTo(long(block)) };
  };
  const near = () => {
    const from = spot();
    const block = shown.find((one) => one.id === from.block);
    const to = { ...from, offset: random.pick([from.offset, Math.min(long(block), from.offset + 3)]) };
    return [from, to];
  };
  const step = (how) => {
    const place = spot();
    const [from, to] = how(shown.find((one) => one.id === place.block).runs, place.offset, page.me);
    return replaceShown(state, { ...place, offset: from }, { ...place, offset: to }, "", how === stepBack ? "start" : "end");
  };
  const keys = [...state.known.keys()];
  const own = (record) => ({ writes: record === null ? [] : [record] });
  const acts = [
    () => replaceShown(state, ...near(), random.words()),
    () => replaceShown(state, ...near(), random.words()),
    () => replaceShown(state, ...near(), ""),
    () => replaceShown(state, spot(), spot(), random.next() < 0.5 ? random.words() : ""),
    () => step(stepBack),
    () => step(stepForward),
    () => enter(state, spot()),
    () => own(newBlock(state, random.pick(["^", ...state.baseline.places.keys(), ...keys]), random.pick(["p", "li", "need", "provision", "tr", "h3"]))),
    () => removeBlock(state, random.pick([...state.baseline.places.keys(), ...keys])),
    () => own(keys.length === 0 ? null : counter(state, random.pick(keys), "ab".repeat(32))),
  ];
  if (random.next() < 0.12) page.board.undo();
  else if (random.next() < 0.06) page.board.redo();
  else page.board.write(random.pick(acts)().writes);
}

/** As the server hashes a proposal: the whole record on this baseline. */
function hashes(page) {
  const found = {};
  for (const [key, record] of page.board.known()) {
    const value = toValue(record);
    const sorted = JSON.stringify(value, Object.keys(value).sort());
    found[key] = createHash("sha256").update(JSON.stringify([BASELINE.version, BASELINE.section, BASELINE.hash, key]) + sorted).digest("hex");
  }
  return found;
}

function isTrue(page, note) {
  assert.deepEqual(page.screen.state.doc.toJSON(), page.draw().toJSON(), note);
}

for (const mode of ["online", "offline"]) {
  test(`four people ${mode}: screens converge, equal what the records say, and the original is whole`, () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const random = chance(seed * 7 + (mode === "online" ? 0 : 1));
      const pages = fourPages();
      for (const page of pages) watch(page);
      for (let turn = 0; turn < TURNS; turn += 1) {
        const page = random.pick(pages);
        if (mode === "offline" && random.next() < 0.15) {
          if (page.isOnline) page.isOnline = false;
          else page.online();
        }
        randomAct(page, random);
        isTrue(page, `seed ${seed}, turn ${turn}`);
      }
      for (const page of pages) page.online();
      for (const page of pages) page.online();
      const [first, ...rest] = pages;
      for (const page of pages) isTrue(page, `seed ${seed}`);
      for (const page of rest) {
        assert.deepEqual(page.screen.state.doc.toJSON(), first.screen.state.doc.toJSON(), `seed ${seed}: screens`);
        assert.deepEqual(hashes(page), hashes(first), `seed ${seed}: hashes`);
      }
      for (const block of texts(first.board.shown())) {
        if (block.key !== undefined) continue;
        const original = block.runs.filter((run) => run.by === undefined).map((run) => run.text).join("");
        assert.equal(original, first.board.baseline.text(block.id), `seed ${seed}: the original`);
      }
      assert.ok(first.screen.hits > 0);
    }
  });
}

test("nothing that one side does changes a record of the other side", () => {
  const pages = fourPages();
  const [family, , authority] = pages;
  const random = chance(99);
  for (let turn = 0; turn < 200; turn += 1) {
    const before = JSON.stringify(authority.layers.authority.fields());
    randomAct(family, random);
    assert.equal(JSON.stringify(authority.layers.authority.fields()), before);
    if (turn % 3 === 0) randomAct(authority, random);
  }
});

test("a caret stays behind its character while the other side strikes and writes around it", () => {
  const pages = fourPages();
  const [mine, colleague, theirs] = pages;
  const random = chance(5);
  const words = "weekly";
  const first = replaceShown(mine.board.state(), { block: "intro", offset: 7 }, { block: "intro", offset: 7 }, words[0]);
  mine.board.write(first.writes);
  let held = anchorOf("intro", mine.board.runs("intro"), first.caret.offset);
  for (const letter of words.slice(1)) {
    for (const page of [theirs, colleague]) {
      const runs = page.board.runs("intro");
      const long = runs.reduce((total, run) => total + run.text.length, 0);
      const from = random.upTo(5);
      page.board.write(replaceShown(page.board.state(), { block: "intro", offset: from }, { block: "intro", offset: page === colleague ? from : Math.min(long, from + 12) }, "Q").writes);
    }
    const offset = offsetOf(held, mine.board.runs("intro"));
    const outcome = replaceShown(mine.board.state(), { block: "intro", offset }, { block: "intro", offset }, letter);
    mine.board.write(outcome.writes);
    held = anchorOf("intro", mine.board.runs("intro"), outcome.caret.offset);
  }
  const own = mine.board.known().get(first.writes[0].key);
  assert.equal(own.wording, words);
});
