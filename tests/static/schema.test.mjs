import assert from "node:assert/strict";
import { test } from "node:test";
import described from "../../crdt/schema.json";
import { isSafeLink, schema } from "../../static/src/schema.ts";

test("the editor knows exactly the nodes and marks of the shared schema", () => {
  assert.deepEqual(new Set(Object.keys(schema.nodes)), new Set(["doc", "text", ...Object.keys(described.nodes)]));
  assert.deepEqual(Object.keys(schema.marks).sort(), Object.keys(described.marks).sort());
});

test("every attribute is a string or nothing, with the shared default", () => {
  for (const [name, node] of Object.entries(described.nodes)) {
    const made = schema.nodes[name].create();
    for (const [key, attribute] of Object.entries(node.attrs)) assert.equal(made.attrs[key], attribute.default, `${name}.${key}`);
    assert.deepEqual(Object.keys(made.attrs).sort(), Object.keys(node.attrs).sort());
  }
});

test("any number of allowed children is valid, none included, so that no two edits can clash", () => {
  for (const [name, node] of Object.entries(described.nodes)) {
    const children = node.children.flatMap((child) => [schema.nodes[child].create(), schema.nodes[child].create()]);
    schema.nodes[name].createChecked(null, []);
    schema.nodes[name].createChecked(null, children);
  }
  schema.node("doc", null, described.document.children.flatMap((child) => [schema.nodes[child].create(), schema.nodes[child].create()])).check();
});

test("what is not in the shared schema is refused", () => {
  assert.throws(() => schema.node("doc", null, [schema.nodes.title.create()]).check());
  assert.throws(() => schema.nodes.need.create(null, [schema.nodes.field.create()]).check());
});

test("a new line is a paragraph wherever a paragraph may stand", () => {
  for (const name of ["doc", "need", "outcome", "provision", "list_item", "table_cell", "table_header"])
    assert.equal(schema.nodes[name].contentMatch.defaultType?.name, "paragraph", name);
});

test("a link that could run something is no link", () => {
  for (const good of ["https://www.ipsea.org.uk/a?b=c", "mailto:a@example.org", "tel:01234567890"]) assert.equal(isSafeLink(good), true, good);
  for (const bad of ["javascript:alert(1)", " https://x", "data:text/html,x", "//example.org", "https://a b", 'https://a"b', null, 3])
    assert.equal(isSafeLink(bad), false, String(bad));
});
