import assert from "node:assert/strict";
import { test } from "node:test";
import { AllSelection, EditorState, TextSelection } from "prosemirror-state";
import { itemLabel } from "../../static/src/facts.ts";
import { ID, newId } from "../../static/src/ids.ts";
import { addItem, linkedIds, linkItem, newItem, planMove, putIn, takeOut } from "../../static/src/items.ts";
import { placedItems } from "../../static/src/labels.ts";
import { putBack } from "../../static/src/putback.ts";
import { FIELDS, schema } from "../../static/src/schema.ts";
import { breaksItems, clearAcross, crosses, structureGuard } from "../../static/src/structure.ts";

const { doc, paragraph, need, title, ref } = schema.nodes;
const para = (text) => paragraph.create(null, text === "" ? null : schema.text(text));
const made = (id, name, text) => need.create({ id }, [title.create(null, schema.text(name)), para(text)]);
const state = (...blocks) => EditorState.create({ doc: doc.create(null, blocks), plugins: [structureGuard()] });
const three = () => state(made("aaaaaaaaaa", "One", "first"), para("between"), made("bbbbbbbbbb", "Two", "second"), made("cccccccccc", "Three", "third"));
const titles = (now) => placedItems(now.doc, "B").map((item) => `${item.label} ${item.title}`);

test("ids are ten letters or digits, and never the same twice", () => {
  const ids = new Set(Array.from({ length: 500 }, newId));
  assert.equal(ids.size, 500);
  for (const id of ids) assert.match(id, ID);
});

test("labels follow the section, with a dash after a number", () => {
  assert.deepEqual([itemLabel("B", 3), itemLabel("H1", 2)], ["B3", "H1-2"]);
});

test("a new item has a title and every field of its kind", () => {
  for (const kind of ["outcome", "provision"]) {
    const item = newItem(kind);
    item.check();
    const names = item.content.content.filter((line) => line.type.name === "field").map((line) => line.attrs.name);
    assert.deepEqual(names, FIELDS[kind]);
    assert.equal(item.firstChild.type.name, "title");
  }
});

test("an added item stands last with the caret in its title, and takes the place of a lone blank line", () => {
  const before = state(para(""));
  const after = before.apply(addItem(before, "need", true));
  assert.equal(after.doc.childCount, 1);
  assert.equal(after.selection.$head.parent.type.name, "title");
  const kept = before.apply(addItem(before, "need", false));
  assert.equal(kept.doc.childCount, 2);
});

for (const [direction, expected] of [
  [1, ["B1 One", "B2 Three", "B3 Two"]],
  [-1, ["B1 Two", "B2 One", "B3 Three"]],
]) {
  for (const busy of [null, "bbbbbbbbbb", "aaaaaaaaaa", "cccccccccc"]) {
    test(`an item moves ${direction > 0 ? "down" : "up"} while ${busy ?? "nobody"} is being written in`, () => {
      let now = three();
      const move = planMove(now.doc, "B", "bbbbbbbbbb", direction, (item) => item.node.attrs.id !== busy);
      assert.notEqual(move.node.attrs.id, busy);
      now = now.apply(takeOut(now, move));
      now = now.apply(putIn(now, move));
      now.doc.check();
      assert.deepEqual(titles(now), expected);
    });
  }
}

test("an item does not move past the edge, nor when both are being written in", () => {
  const now = three();
  assert.equal(planMove(now.doc, "B", "aaaaaaaaaa", -1, () => true), null);
  assert.equal(planMove(now.doc, "B", "aaaaaaaaaa", 1, () => false), "busy");
});

test("links become exactly what was chosen, and those that stay keep their place", () => {
  let now = state(need.create({ id: "aaaaaaaaaa" }, [title.create(), ref.create({ to: "x".repeat(10) }), para("t"), ref.create({ to: "y".repeat(10) })]));
  const [item] = placedItems(now.doc, "B");
  now = now.apply(linkItem(now, item, ["y".repeat(10), "z".repeat(10)]));
  assert.deepEqual(linkedIds(now.doc.firstChild), ["y".repeat(10), "z".repeat(10)]);
});

test("a selection over two items empties the lines and leaves both standing", () => {
  let now = three();
  now = now.apply(now.tr.setSelection(TextSelection.create(now.doc, 3, now.doc.content.size - 4)));
  assert.equal(crosses(now), true);
  const after = now.apply(clearAcross(now.tr));
  after.doc.check();
  assert.deepEqual(titles(after), ["B1 O", "B2 ", "B3 "]);
  assert.equal(breaksItems(now.doc, after.doc), false);
});

test("a selection inside one line does not cross anything", () => {
  const now = three();
  assert.equal(crosses(now.apply(now.tr.setSelection(TextSelection.create(now.doc, 2, 4)))), false);
});

test("merging, splitting or losing an item by accident is refused", () => {
  const now = three();
  const [one, two] = placedItems(now.doc, "B");
  const merge = now.tr.delete(one.at + 3, two.at + 4);
  assert.equal(now.applyTransaction(merge).transactions.length, 0);
  const lose = now.tr.delete(two.at, two.at + two.node.nodeSize);
  assert.equal(now.applyTransaction(lose).transactions.length, 0);
  const double = now.tr.insert(now.doc.content.size, two.node);
  assert.equal(now.applyTransaction(double).transactions.length, 0);
  const type = now.tr.insertText("x", 2);
  assert.equal(now.applyTransaction(type).transactions.length, 1);
});

test("deleting everything on purpose is allowed and leaves a line to write on", () => {
  let now = three();
  now = now.apply(now.tr.setSelection(new AllSelection(now.doc)));
  now = now.apply(now.tr.deleteSelection());
  assert.deepEqual([now.doc.childCount, now.doc.firstChild.type.name], [1, "paragraph"]);
});

test("the selection of an empty section does not turn into all of somebody's text", () => {
  let now = state();
  assert.equal(now.selection instanceof AllSelection, true);
  now = now.apply(now.tr.insert(0, para("Arrived from elsewhere.")).setMeta("y-sync$", { isChangeOrigin: true }));
  assert.equal(now.selection instanceof TextSelection, true);
  assert.equal(now.selection.empty, true);
});

test("kept words go back to the end of their own line, their item, or the section", () => {
  const before = three();
  const after = before.apply(
    putBack(before, "B", [
      { text: "aloud", place: { item: "bbbbbbbbbb", field: "title" } },
      { text: "more", place: { item: "aaaaaaaaaa", field: null } },
      { text: "lost", place: { item: "gone000000", field: "who" } },
    ]),
  );
  after.doc.check();
  assert.deepEqual(titles(after), ["B1 One", "B2 Two aloud", "B3 Three"]);
  assert.equal(after.doc.firstChild.lastChild.textContent, "more");
  assert.equal(after.doc.lastChild.textContent, "lost");
});
