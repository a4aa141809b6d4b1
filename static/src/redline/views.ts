// Six ways to look at the same proposals. "Ours", "theirs" and "agreed" read as one text with only some proposals taken
// up; "disputed" keeps the blocks in which something is still open. Pure: it changes what is shown, nothing else.

import type { Run, Shown } from "./compose";
import { SETTLED, type Status } from "./looks";

export const VIEWS = ["key", "ours", "theirs", "agreed", "disputed", "original", "since"] as const;
export type ViewName = (typeof VIEWS)[number];

export const VIEW_WORDS: Readonly<Record<ViewName, string>> = {
  key: "Tribunal key",
  ours: "Ours",
  theirs: "Theirs",
  agreed: "Agreed only",
  disputed: "Disputes only",
  original: "Original",
  since: "Since we last looked",
};

/** What the views are called by somebody of no side. */
export const PLAIN_WORDS: Readonly<Partial<Record<ViewName, string>>> = { ours: "Family\u2019s", theirs: "Council\u2019s" };

const OVER: ReadonlySet<Status> = new Set<Status>(["withdrawn", "refused"]);

/** What a view shows of everything that is shown in the key. */
export function viewOf(shown: readonly Shown[], name: ViewName, me: string, status: (key: string) => Status): Shown[] {
  switch (name) {
    case "key":
    case "since":
      return [...shown];
    case "original":
      return takenUp(shown, () => false);
    case "agreed":
      return takenUp(shown, (key) => SETTLED.has(status(key)));
    case "ours":
      return takenUp(shown, (key) => SETTLED.has(status(key)) || (key.startsWith(`${me}:`) && !OVER.has(status(key))));
    case "theirs":
      return takenUp(shown, (key) => SETTLED.has(status(key)) || (!key.startsWith(`${me}:`) && !OVER.has(status(key))));
    case "disputed":
      return onlyOpen(shown, status);
  }
}

/** The text with the wanted proposals taken up and all others left out. */
export function takenUp(shown: readonly Shown[], isWanted: (key: string) => boolean): Shown[] {
  const found: Shown[] = [];
  for (const block of shown) {
    if (block.key !== undefined && !isWanted(block.key) && block.part !== "list") continue;
    if ((block.removed ?? []).some(isWanted)) continue;
    const { id, type, attrs, part } = block;
    const rest = { id, type, ...(attrs === undefined ? {} : { attrs }), ...(part === undefined ? {} : { part }) };
    if (block.runs !== undefined) {
      found.push({ ...rest, runs: plainRuns(block.runs, isWanted) });
      continue;
    }
    const inner = takenUp(block.blocks ?? [], isWanted);
    if (inner.length > 0 || (block.blocks ?? []).length === 0) found.push({ ...rest, blocks: inner });
  }
  return found;
}

function plainRuns(runs: readonly Run[], isWanted: (key: string) => boolean): Run[] {
  const text = runs
    .filter((run) => (run.by === undefined ? !(run.struck ?? []).some(isWanted) : isWanted(run.by)))
    .map((run) => run.text)
    .join("");
  return text === "" ? [] : [{ text }];
}

/** The blocks some open proposal touches, inside what holds them; an item keeps its title, so that it has a name. */
function onlyOpen(shown: readonly Shown[], status: (key: string) => Status): Shown[] {
  const found: Shown[] = [];
  for (const block of shown) {
    if (keysOf(block).some((key) => !SETTLED.has(status(key)))) found.push(block);
    else if (block.runs === undefined) {
      const inner = onlyOpen(block.blocks ?? [], status);
      const titles = (block.blocks ?? []).filter((one) => one.type === "title" && !inner.includes(one));
      if (inner.length > 0) found.push({ ...block, blocks: [...titles, ...inner] });
    }
  }
  return found;
}

/** The keys of the proposals that touch this block itself. */
export function keysOf(block: Shown): string[] {
  const keys = new Set([...(block.removed ?? []), ...(block.key === undefined ? [] : [block.key])]);
  for (const run of block.runs ?? []) {
    for (const key of run.struck ?? []) keys.add(key);
    if (run.by !== undefined) keys.add(run.by);
  }
  return [...keys];
}
