import assert from "node:assert/strict";
import { mock, test } from "node:test";
import * as Y from "yjs";
import { Sameness } from "../../static/src/sameness.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets so much of the mocked time pass that a check may be sent, and the hashes be made that are under way. */
async function quiet() {
  mock.timers.tick(3_000);
  for (let round = 0; round < 20 || hashing > 0; round += 1) await turn();
  for (let round = 0; round < 20; round += 1) await turn();
}

// A hash is made on another thread, which takes as long as it takes.
let hashing = 0;
const digest = crypto.subtle.digest.bind(crypto.subtle);
crypto.subtle.digest = async (...asked) => {
  hashing += 1;
  try {
    return await digest(...asked);
  } finally {
    hashing -= 1;
  }
};

function setUp(root = "prosemirror") {
  const doc = new Y.Doc();
  const said = { sent: [], differences: 0, isSettled: true };
  const sameness = new Sameness(doc, {
    isSettled: () => said.isSettled,
    send: (message) => said.sent.push(JSON.parse(message)),
    differ: () => (said.differences += 1),
  }, root);
  const write = () => doc.getXmlFragment(root).push([new Y.XmlElement("paragraph")]);
  return { doc, said, sameness, write };
}

test("a text is asked about once, with the clocks of all who wrote it", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const { doc, said, sameness, write } = setUp();
  write();
  await quiet();
  assert.deepEqual(said.sent.map((one) => [one.type, one.clocks]), [["check", { [doc.clientID]: 1 }]]);
  assert.match(said.sent[0].hash, /^[0-9a-f]{64}$/);
  sameness.heard(true);
  sameness.look();
  await quiet();
  assert.equal(said.sent.length, 1);
  doc.getXmlFragment("prosemirror").delete(0, 1);
  await quiet();
  assert.equal(said.sent.length, 2);
});

test("a difference counts when it is still there at the second look", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const { said, sameness, write } = setUp();
  write();
  await quiet();
  sameness.heard(false);
  assert.equal(said.differences, 0);
  await quiet();
  assert.equal(said.sent.length, 2);
  sameness.heard(false);
  assert.equal(said.differences, 1);
  sameness.heard(false);
  await quiet();
  assert.deepEqual([said.sent.length, said.differences], [2, 1]);
});

test("an answer about a text that has changed since is no answer", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const { said, sameness, write } = setUp();
  write();
  await quiet();
  sameness.heard(false);
  write();
  sameness.heard(false);
  assert.equal(said.differences, 0);
});

test("nothing is asked until everything is durable, nor after the end", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const { said, sameness, write } = setUp();
  said.isSettled = false;
  write();
  await quiet();
  sameness.look();
  await quiet();
  assert.equal(said.sent.length, 0);
  said.isSettled = true;
  sameness.look();
  await quiet();
  assert.equal(said.sent.length, 1);
  write();
  sameness.end();
  await quiet();
  assert.equal(said.sent.length, 1);
});

test("a layer is asked about by what its own root holds", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const section = setUp();
  const layer = setUp("proposals");
  const empty = setUp("proposals");
  section.write();
  layer.write();
  empty.doc.getXmlFragment("elsewhere").push([new Y.XmlElement("paragraph")]);
  await quiet();
  assert.equal(layer.said.sent[0].hash, section.said.sent[0].hash);
  assert.notEqual(empty.said.sent[0].hash, layer.said.sent[0].hash);
});
