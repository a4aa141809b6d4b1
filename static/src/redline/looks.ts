// How words look and what is said of them: whose they are, added or taken out, agreed or not, by the key profile that
// the council chose. Twin of the spans of sections/redline/views.py. Pure.

import type { Run } from "./compose";
import type { ProposalRecord } from "./records";

export type Status =
  | "withdrawn"
  | "proposed"
  | "countered"
  | "agreed"
  | "reopened"
  | "not agreed"
  | "pending panel"
  | "ordered"
  | "refused";

export interface Hand {
  readonly name: string;
  readonly letter: string;
  readonly style: readonly string[];
  readonly deleted: readonly string[];
  readonly colour: string;
  readonly line: string;
}

export interface Profile {
  readonly name: string;
  readonly hands: Readonly<Record<string, Hand>>;
}

export interface Look {
  /** Class names: one per type style, one per hand, as in redline.css. */
  readonly classes: string;
  /** Said before the words, for people who do not see styles. */
  readonly words: string;
  readonly letters: readonly string[];
  readonly keys: readonly string[];
  readonly isDeleted: boolean;
}

export const SETTLED: ReadonlySet<Status> = new Set<Status>(["agreed", "ordered"]);
export const HANDS = ["original", "agreed", "family", "authority", "tribunal"] as const;
const STYLES = ["bold", "italic", "underline", "strike"];
const STATUS_CLASSES: Readonly<Partial<Record<Status, string>>> = {
  countered: "app-rl--countered",
  reopened: "app-rl--reopened",
  "not agreed": "app-rl--not-agreed",
  "pending panel": "app-rl--panel",
};
const STATUS_SAID: Readonly<Partial<Record<Status, string>>> = {
  countered: ", answered with other wording",
  reopened: ", agreed earlier and changed since",
  "not agreed": ", not agreed",
  "pending panel": ", waiting for the council\u2019s panel",
};
const PLAIN: Look = { classes: "", words: "", letters: [], keys: [], isDeleted: false };

export interface Standing {
  readonly profile: Profile;
  readonly known: ReadonlyMap<string, ProposalRecord>;
  readonly status: (key: string) => Status;
}

/** The look of one run; `removed`: the keys that take out the block around it. */
export function lookOf(run: Run, removed: readonly string[], standing: Standing): Look {
  const takenOut = run.by === undefined ? [...new Set([...(run.struck ?? []), ...removed])] : [];
  const keys = run.by === undefined ? takenOut : [run.by];
  if (keys.length === 0) return PLAIN;
  const isDeleted = takenOut.length > 0;
  const names = handsOf(keys, standing);
  const hands = names.map((name) => standing.profile.hands[name]).filter((hand) => hand !== undefined);
  const styles = new Set(hands.flatMap((hand) => (isDeleted ? hand.deleted : hand.style)));
  const status = standing.status(keys[0] ?? "");
  const classes = ["app-rl", ...names.map((name) => `app-rl--${name}`), isDeleted ? "app-rl--del" : "app-rl--ins"];
  if (STATUS_CLASSES[status] !== undefined) classes.push(STATUS_CLASSES[status]);
  for (const style of STYLES) if (styles.has(style)) classes.push(`app-rl-${style}`);
  const said = names.map((name) => standing.profile.hands[name]?.name ?? name);
  return { classes: classes.join(" "), words: saying(names, said, isDeleted, status), letters: hands.map((hand) => hand.letter).filter((letter) => letter !== ""), keys, isDeleted };
}

function handsOf(keys: readonly string[], { known, status }: Standing): string[] {
  const agreed = keys.filter((key) => SETTLED.has(status(key)));
  const sides: string[] = agreed.length > 0 ? agreed.map((key) => (known.get(key)?.side === "tribunal" ? "tribunal" : "agreed")) : keys.map((key) => known.get(key)?.side ?? "");
  return HANDS.filter((name) => sides.includes(name));
}

function saying(names: readonly string[], said: readonly string[], isDeleted: boolean, status: Status): string {
  if (names.includes("agreed")) return isDeleted ? "Agreed, deleted: " : "Agreed, added: ";
  const deed = isDeleted ? "deleting" : "adding";
  if (names.includes("tribunal")) return `Tribunal orders ${deed}: `;
  return `${said.join(" and ")} ${said.length === 1 ? "proposes" : "propose"} ${deed}${STATUS_SAID[status] ?? ""}: `;
}
