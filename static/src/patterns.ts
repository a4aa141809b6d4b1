// Which pattern each person's caret has on this page, so that colour is never alone: handed out in the order in which
// people come, kept while they are here, and back to whoever had it when they come again, unless it is taken.

import type { Awareness } from "y-protocols/awareness";

/** Lines: whole, dashed, dotted, double; then the same four with a head. */
export const PATTERNS = 8;

interface Coloured {
  readonly name: string;
  readonly role: string;
  readonly colour: string;
}

function keyOf(person: Coloured): string {
  return `${person.name}\n${person.role}\n${person.colour}`;
}

export class Patterns {
  private readonly given = new Map<string, { colour: string; pattern: number }>();
  /** Who has been here without a break since their pattern was given. */
  private readonly held = new Set<string>();

  /** The pattern of somebody who is here, among all who are here. */
  of(person: Coloured, present: readonly Coloured[]): string {
    const own = keyOf(person);
    const here = new Set(present.map(keyOf));
    for (const key of this.held) if (!here.has(key)) this.held.delete(key);
    const former = this.given.get(own)?.pattern ?? 0;
    if (this.held.has(own)) return `pattern-${former}`;
    const others = [...this.held].map((key) => this.given.get(key));
    const cost = (pattern: number) =>
      others.reduce((sum, other) => sum + (other?.pattern !== pattern ? 0 : other.colour === person.colour ? 1_000 : 1), 0);
    let best = former;
    for (let pattern = 0; pattern < PATTERNS; pattern += 1) if (cost(pattern) < cost(best)) best = pattern;
    this.given.set(own, { colour: person.colour, pattern: best });
    this.held.add(own);
    return `pattern-${best}`;
  }
}

const rooms = new WeakMap<Awareness, Patterns>();

/** One hand for the list of people and for the carets. */
export function patternsIn(awareness: Awareness): Patterns {
  const found = rooms.get(awareness) ?? new Patterns();
  rooms.set(awareness, found);
  return found;
}
