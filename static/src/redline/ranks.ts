// Ranks: strings that order wordings at one place, with room between any two. Twin of sections/redline/ranks.py.
// A rank never ends in "0", so there is always one before it.

import type { Side } from "./records";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The authority's first wording at a place stands before the family's when both are written at once. */
const FIRST: Readonly<Record<Side, string>> = { authority: "K", family: "V", tribunal: "f" };

/** The rank of a wording where there is no other yet. */
export function firstRank(side: Side, id: string): string {
  return FIRST[side] + tail(id);
}

/** A rank after `low` and before `high` (empty: no bound); just after both where they leave no room. */
export function between(low: string, high: string, id: string): string {
  if (high !== "" && low >= high) return low + tail(id);
  const found = middle(low, high);
  const longer = found + tail(id);
  return high === "" || longer < high ? longer : found;
}

/** Three digits that follow from the id, so that two people who write at once seldom choose one rank. */
function tail(id: string): string {
  let value = 2166136261;
  for (let place = 0; place < id.length; place++) value = Math.imul(value ^ id.charCodeAt(place), 16777619) >>> 0;
  return digit(value % 62) + digit(Math.floor(value / 62) % 62) + digit(1 + (Math.floor(value / 3844) % 61));
}

function digit(value: number): string {
  return DIGITS.charAt(value);
}

function middle(low: string, high: string): string {
  let found = "";
  let bound = high;
  for (let place = 0; ; place++) {
    const under = place < low.length ? DIGITS.indexOf(low.charAt(place)) : 0;
    const over = bound !== "" && place < bound.length ? DIGITS.indexOf(bound.charAt(place)) : 62;
    if (over - under > 1) return found + digit(Math.floor((under + over) / 2));
    found += digit(under);
    if (over - under === 1) bound = "";
  }
}
