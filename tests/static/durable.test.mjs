import assert from "node:assert/strict";
import { test } from "node:test";
import { Durable } from "../../static/src/durable.ts";

/** A page that has just synced over a fresh socket: its step 2 went out and was answered. */
function synced() {
  const durable = new Durable();
  durable.left(true);
  durable.answered(true);
  return durable;
}

test("nothing is unsaved before anything was written", () => {
  const durable = synced();
  assert.equal(durable.hasUnsaved, false);
  assert.equal(durable.isCurrent, true);
});

test("a change is saved only when its own frame was answered", () => {
  const durable = synced();
  durable.changed(1);
  durable.left(false);
  durable.changed(2);
  durable.left(false);
  durable.answered(true);
  assert.equal(durable.hasUnsaved, true);
  assert.equal(durable.durableClock, 1);
  durable.answered(true);
  assert.equal(durable.isCurrent, true);
  assert.equal(durable.durableClock, 2);
});

test("a step 2 covers everything written up to the moment it left", () => {
  const durable = new Durable();
  durable.changed(5);
  durable.left(true);
  durable.changed(6);
  durable.left(false);
  durable.answered(true);
  assert.equal(durable.durableClock, 5);
  assert.equal(durable.isCurrent, false);
});

test("an update waits until a step 2 has left on this socket", () => {
  const durable = new Durable();
  assert.equal(durable.mayLeave(false), false);
  assert.equal(durable.mayLeave(true), true);
  durable.left(true);
  assert.equal(durable.mayLeave(false), true);
  durable.lost();
  assert.equal(durable.mayLeave(false), false);
});

test("losing the socket forgets what was on its way, never what was written", () => {
  const durable = synced();
  durable.changed(3);
  durable.left(false);
  durable.lost();
  assert.equal(durable.hasUnsaved, true);
  assert.equal(durable.isCurrent, false);
  durable.left(true);
  durable.answered(true);
  assert.equal(durable.isCurrent, true);
});

test("an answer that belongs to an older socket saves nothing", () => {
  const durable = synced();
  durable.changed(3);
  durable.left(false);
  durable.lost();
  durable.answered(true);
  assert.equal(durable.hasUnsaved, true);
});

test("a refused frame is not saved", () => {
  const durable = synced();
  durable.changed(3);
  durable.left(false);
  durable.answered(false);
  assert.equal(durable.hasUnsaved, true);
});
