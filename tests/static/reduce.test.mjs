// What ProseMirror did by itself, as one replacement; and the places it happened in.
import assert from "node:assert/strict";
import test from "node:test";
import { AllSelection, EditorState } from "prosemirror-state";
import { reduced } from "../../static/src/redline/reduce.ts";
import { drawn } from "../../static/src/redline/editor/draw.ts";
import { positionOf, spotAt } from "../../static/src/redline/editor/places.ts";
import { asWritten } from "../../static/src/redline/editor/meant.ts";
import { Page } from "./layers.mjs";

function screen() {
  const { board } = new Page("family");
  const state = EditorState.create({ doc: drawn(board.shown(), board.standing, "F") });
  return { board, state, at: (block, offset) => positionOf(state.doc, { block, offset }) };
}

test("a letter typed beside the same letter is where it was typed", () => {
  const { state, at } = screen();
  const tr = state.tr.insertText("l", at("intro", 5));
  assert.deepEqual(reduced(tr), { from: at("intro", 5), to: at("intro", 5), text: "l" });
});

test("a correction of several steps is one replacement", () => {
  const { state, at } = screen();
  const tr = state.tr.insertText("x", at("intro", 2)).insertText("y", at("intro", 9));
  const { from, to, text } = reduced(tr);
  assert.equal(state.doc.textBetween(at("intro", 0), from) + text + state.doc.textBetween(to, at("intro", 30)), tr.doc.textBetween(at("intro", 0), at("intro", 32)));
});

test("a change over blocks leaves the words that ProseMirror would have left", () => {
  const { state, at } = screen();
  const tr = state.tr.delete(at("intro", 3), at("prov.what", 2));
  const { from, to, text } = reduced(tr);
  const words = (doc) => doc.textBetween(0, doc.content.size, "").replaceAll("\n", "");
  const left = state.doc.textBetween(0, from, "") + text + state.doc.textBetween(to, state.doc.content.size, "");
  assert.equal(left.replaceAll("\n", ""), words(tr.doc));
  assert.deepEqual(spotAt(state.doc, from), { block: "intro", offset: 3 });
});

test("everything selected is from the first text to the last", () => {
  const { state } = screen();
  const { from, to } = new AllSelection(state.doc);
  assert.deepEqual([spotAt(state.doc, from), spotAt(state.doc, to, "before")], [{ block: "intro", offset: 0 }, { block: "last", offset: 0 }]);
});

test("a key on the other side's words is their wording with the key applied", () => {
  const shown = [{ id: "a", type: "paragraph", runs: [{ text: "He " }, { text: "may have", by: "authority:x" }, { text: " it." }] }];
  const spot = (offset) => ({ block: "a", offset });
  assert.deepEqual(asWritten(shown, "authority:x", { from: spot(6), to: spot(6), text: "!" }), { key: "authority:x", part: "wording", wording: "may! have", caret: 4 });
  assert.equal(asWritten(shown, "authority:x", { from: spot(0), to: spot(6), text: "She will" }).wording, "She will have");
  assert.equal(asWritten(shown, "authority:x", { from: spot(10), to: spot(11), text: "" }).wording, "may hav");
});
