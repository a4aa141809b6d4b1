import assert from "node:assert/strict";
import { test } from "node:test";
import { glance, isLone, Kind, Sync } from "../../static/src/frames.ts";
import { forgetAllKept, KeptWords } from "../../static/src/kept.ts";
import { outcomeOf, sentenceOf, waitBefore } from "../../static/src/refusal.ts";
import { noteWords, saveWords } from "../../static/src/savestatus.ts";
import { freshFor } from "../../static/src/tokenlife.ts";

class Storage {
  getItem(key) {
    return this[key] ?? null;
  }
  setItem(key, value) {
    this[key] = value;
  }
  removeItem(key) {
    delete this[key];
  }
}

const FRAGMENT = { text: "She reads", place: { item: null, field: null } };

test("the save line says what is true in the words that were promised", () => {
  assert.equal(saveWords({ kind: "saved", at: new Date(2026, 10, 22, 9, 5) }), "Saved 09:05");
  assert.equal(saveWords({ kind: "saving" }), "Saving");
  assert.equal(saveWords({ kind: "offline", words: 14, isUnsent: true }), "Not connected: 14 words kept on this device");
  assert.equal(saveWords({ kind: "offline", words: 1, isUnsent: true }), "Not connected: 1 word kept on this device");
  assert.equal(saveWords({ kind: "offline", words: 0, isUnsent: true }), "Not connected: your changes are kept on this device");
  assert.equal(saveWords({ kind: "offline", words: 0, isUnsent: false }), "Not connected");
});

test("the sentence beside it holds no number, so that it is not read out at every word", () => {
  assert.doesNotMatch(noteWords({ kind: "offline", words: 14, isUnsent: true }), /\d/);
  assert.equal(noteWords({ kind: "saved", at: new Date() }), "");
});

test("kept words stay until they are cleared, each section for itself", () => {
  const storage = new Storage();
  const kept = new KeptWords("p/B", storage);
  kept.add({ fragments: [FRAGMENT], reason: "Because." });
  kept.add({ fragments: [], reason: "Nothing to keep." });
  assert.equal(kept.all().length, 1);
  assert.deepEqual(new KeptWords("p/C", storage).all(), []);
  kept.clear();
  assert.deepEqual(kept.all(), []);
});

test("kept words that the plan has after all are dropped, the others stay", () => {
  const storage = new Storage();
  const kept = new KeptWords("p/B", storage);
  const piece = (clock, text) => ({ text, place: { item: null, field: null }, from: { client: 7, pieces: [{ clock, text, isApart: false }] } });
  kept.add({ fragments: [piece(0, "There"), piece(5, "not there")], reason: "Because." });
  assert.equal(kept.dropKnown(() => 0), false);
  assert.equal(kept.dropKnown(() => 5), true);
  assert.deepEqual(kept.all().map((one) => one.fragments.map((fragment) => fragment.text)), [["not there"]]);
  assert.equal(kept.dropKnown(() => 14), true);
  assert.deepEqual(kept.all(), []);
});

test("ended access is told in the same words whether connected or not, with what to do", () => {
  const said = sentenceOf("not-on-plan", null);
  assert.equal(said, "Your access to this plan has ended. If you think this is a mistake, ask the case officer.");
});

test("unsent words are taken over once by the next life of the page", () => {
  const kept = new KeptWords("p/B", new Storage());
  kept.noteUnsent([FRAGMENT]);
  assert.equal(kept.recover(() => 0), false);
  kept.recover(() => 0);
  assert.deepEqual(kept.all(), [{ fragments: [FRAGMENT], reason: "This page was closed before they could be sent." }]);
});

test("saved words that a restored plan has no more are kept aside, to the letter, and those that it has are not", () => {
  const kept = new KeptWords("p/B", new Storage());
  const saved = { ...FRAGMENT, text: "One two", from: { client: 7, pieces: [{ clock: 10, text: "One two", isApart: false }] } };
  kept.noteSaved([saved]);
  assert.equal(kept.hasSaved, true);
  assert.equal(kept.recover(() => 14), true);
  assert.equal(kept.hasSaved, false);
  assert.deepEqual(kept.all().map((one) => [one.isRemoved, one.fragments.map((fragment) => fragment.text)]), [[true, ["two"]]]);
  kept.clear();
  kept.noteSaved([saved]);
  assert.equal(kept.recover(() => 17), false);
  assert.deepEqual(kept.all(), []);
});

test("signing out forgets every section's words and nothing else", () => {
  const storage = new Storage();
  storage.setItem("other", "stays");
  new KeptWords("p/B", storage).add({ fragments: [FRAGMENT], reason: "" });
  new KeptWords("p/C", storage).noteUnsent([FRAGMENT]);
  new KeptWords("p/D", storage).noteSaved([FRAGMENT]);
  forgetAllKept(storage);
  assert.deepEqual(Object.keys(storage), ["other"]);
});

test("a refusal nobody has heard of keeps the words aside", () => {
  assert.equal(outcomeOf("something-new"), "afresh");
  assert.equal(outcomeOf("not-saved"), "again");
  assert.equal(outcomeOf("locked"), "read");
  assert.equal(outcomeOf("not-on-plan"), "stop");
  assert.equal(sentenceOf("locked", "Said by the server."), "Said by the server.");
  assert.notEqual(sentenceOf("something-new", undefined), "");
});

test("waiting grows and stops growing", () => {
  assert.deepEqual([0, 1, 2, 20].map(waitBefore), [500, 1000, 2000, 15000]);
});

test("a frame is read as far as it is counted by, and rubbish is nothing", () => {
  const frame = Uint8Array.of(3, 112, 47, 66, Kind.Sync, Sync.Update, 0);
  assert.deepEqual(glance(frame), { document: "p/B", kind: Kind.Sync, detail: Sync.Update });
  assert.equal(glance(Uint8Array.of(9)), null);
  assert.equal(glance(new Uint8Array()), null);
  assert.equal(isLone(Uint8Array.of(10), Kind.Pong), true);
});

test("what is too large for the server is kept aside with what to do about it, and not sent for ever", () => {
  assert.equal(outcomeOf("too-big"), "afresh");
  assert.match(sentenceOf("too-big", null), /smaller parts/);
});

test("a closed page says why beside the save line", () => {
  assert.equal(noteWords({ kind: "closed", sentence: "This section is locked now." }), "This section is locked now.");
});

test("a live token is used again for a third of its life, however short that is", () => {
  const now = Date.parse("2026-11-22T10:00:00Z");
  assert.equal(freshFor("2026-11-22T10:01:00Z", now), 20_000);
  assert.equal(freshFor("2026-11-22T10:15:00Z", now), 90_000);
  assert.equal(freshFor("2026-11-22T09:59:00Z", now), 0);
  assert.equal(freshFor("no time", now), 0);
  assert.equal(freshFor(undefined, now), 0);
});
