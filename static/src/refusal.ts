// What a refusal means for this page. Codes come from the server (server/codes.py); a code we do not know is treated
// as a refused change: words kept aside, a fresh start.

export type Outcome =
  /** The change was not taken and never will be in this copy: keep the words aside and start from a fresh copy. */
  | "afresh"
  /** Nothing is wrong with the words: keep them where they are and try again soon. */
  | "again"
  /** The section cannot be written now: show it as plain text. */
  | "read"
  /** This page cannot go on: say why. */
  | "stop";

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  "not-saved": "again",
  busy: "again",
  "too-fast": "again",
  "too-many": "again",
  locked: "read",
  "not-allowed": "read",
  "not-on-plan": "stop",
  "unknown-document": "stop",
  "signed-out": "stop",
  "stale-schema": "stop",
};

const SENTENCES: Readonly<Record<string, string>> = {
  "not-saved": "The server cannot save just now.",
  busy: "The server is busy.",
  "too-fast": "That was a lot at once.",
  "too-big": "That was too much at once. Your words are kept here; put them back in smaller parts.",
  "too-many": "You have this open in many places. Close some of them.",
  locked: "This section is locked now.",
  "not-allowed": "You cannot write in this section now.",
  "not-on-plan": "Your access to this plan has ended. If you think this is a mistake, ask the case officer.",
  "unknown-document": "This section cannot be found. Go back to your plans and choose it there.",
  "signed-out": "You are signed out. Sign in again to go on.",
  "stale-epoch": "The plan was put back to an earlier copy. Your words that are not in it are kept on this device.",
  "stale-schema": "This page is older than the service. Load it again to go on.",
};

export function outcomeOf(code: string): Outcome {
  return OUTCOMES[code] ?? "afresh";
}

/** May the store be another than the one that called this page's words saved? */
export function isDoubtful(code: string): boolean {
  return code === "stale-epoch" || code === "signed-out";
}

export function sentenceOf(code: string, given: unknown): string {
  if (typeof given === "string" && given !== "") return given;
  return SENTENCES[code] ?? "The server could not take this change.";
}

/** How long to wait before the n-th try, in milliseconds: 0.5 s, 1 s, 2 s ... 15 s. */
export function waitBefore(attempt: number): number {
  return Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
}
