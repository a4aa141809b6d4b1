import assert from "node:assert/strict";
import { test } from "node:test";
import { Patterns, PATTERNS } from "../../static/src/patterns.ts";

const person = (name, colour = "#112233") => ({ name, role: "parent", colour });

test("no two people who are here share a pattern while there are patterns", () => {
  const patterns = new Patterns();
  const here = Array.from({ length: PATTERNS }, (_, number) => person(`Person ${number}`));
  const given = here.map((one) => patterns.of(one, here));
  assert.equal(new Set(given).size, PATTERNS);
  assert.deepEqual(here.map((one) => patterns.of(one, here)), given);
});

test("when patterns run out the same pattern goes to another colour", () => {
  const patterns = new Patterns();
  const here = Array.from({ length: 2 * PATTERNS }, (_, number) => person(`Person ${number}`, number % 2 === 0 ? "#112233" : "#445566"));
  const looks = here.map((one) => `${one.colour} ${patterns.of(one, here)}`);
  assert.equal(new Set(looks).size, here.length);
});

test("somebody who comes back has the same pattern, unless it was given to another", () => {
  const patterns = new Patterns();
  const [one, other, third] = [person("One"), person("Other"), person("Third")];
  const first = patterns.of(one, [one]);
  const second = patterns.of(other, [one, other]);
  assert.equal(patterns.of(other, [other]), second);
  assert.equal(patterns.of(one, [one, other]), first);
  patterns.of(other, [other]);
  assert.equal(patterns.of(third, [other, third]), first);
  assert.notEqual(patterns.of(one, [one, other, third]), first);
});
