import assert from "node:assert/strict";
import { test } from "node:test";
import { Fragment, Slice } from "prosemirror-model";
import { disarmed, listLine, onOneLine, plainStyle, settle } from "../../static/src/paste.ts";
import { FIELDS, schema } from "../../static/src/schema.ts";
import { asLink } from "../../static/src/tools.ts";

const { paragraph, provision, title, field, ref } = schema.nodes;
const text = (words) => schema.text(words);
const item = (id) => provision.create({ id }, [title.create(null, text("Therapy")), field.create({ name: "what" }, text("Weekly")), ref.create({ to: "needreadin" })]);

test("styles and handlers are put out of action before anything is parsed", () => {
  const html = disarmed('<p class=x style="color:red" onclick=\'go()\'>style="kept" <img src=x OnError=go()></p><style>p{}</style>');
  assert.equal(html, '<p class=x data-style="color:red" data-onclick=\'go()\'>style="kept" <img src=x data-OnError=go()></p>');
});

test("of a style only weight and slant are read", () => {
  assert.deepEqual(plainStyle("color:red; FONT-WEIGHT: 700;font-style:italic"), { fontWeight: "700", fontStyle: "italic" });
  assert.deepEqual(plainStyle("mso-bidi-font-weight:bold"), { fontWeight: "", fontStyle: "" });
});

test("a word processor's list lines are told from plain ones, numbers from bullets", () => {
  const mso = "mso-list:l0 level1 lfo1";
  assert.deepEqual(listLine("MsoListParagraph", mso, "·\u00a0\u00a0 First"), { isList: true, isOrdered: false });
  assert.deepEqual(listLine("", mso, "2.\u00a0 Second"), { isList: true, isOrdered: true });
  assert.equal(listLine("MsoNormal", "", "1. Not a list by itself").isList, false);
  assert.equal(listLine("MsoListParagraph", "mso-list:none", "No marker").isList, false);
});

test("a pasted item gets a new id and all its fields, and keeps its links", () => {
  const pasted = settle(new Slice(Fragment.from(item("provspeech")), 0, 0));
  const made = pasted.content.firstChild;
  assert.notEqual(made.attrs.id, "provspeech");
  assert.match(made.attrs.id, /^[a-z0-9]{10}$/);
  const names = made.content.content.filter((line) => line.type.name === "field").map((line) => line.attrs.name);
  assert.deepEqual(new Set(names), new Set(FIELDS.provision));
  assert.equal(made.content.content.some((line) => line.type.name === "ref" && line.attrs.to === "needreadin"), true);
});

test("a piece of one item becomes ordinary lines", () => {
  const pasted = settle(new Slice(Fragment.from(item("provspeech")), 2, 2));
  assert.deepEqual(
    pasted.content.content.map((line) => [line.type.name, line.textContent]),
    [
      ["paragraph", "Therapy"],
      ["paragraph", "Weekly"],
    ],
  );
});

test("several paragraphs on one line are parted by line breaks", () => {
  const line = onOneLine(new Slice(Fragment.from([paragraph.create(null, text("one")), paragraph.create(null, text("two"))]), 0, 0));
  assert.deepEqual(
    line.content.map((node) => node.type.name),
    ["text", "hard_break", "text"],
  );
});

test("what people type as a link becomes one, or is asked for again", () => {
  assert.equal(asLink("www.ipsea.org.uk"), "https://www.ipsea.org.uk");
  assert.equal(asLink("help@example.org"), "mailto:help@example.org");
  assert.equal(asLink("tel:01234567890"), "tel:01234567890");
  assert.equal(asLink("just words"), null);
  assert.equal(asLink("javascript:alert(1)"), null);
});
