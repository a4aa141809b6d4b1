// The short-lived token with which the page opens its live connection, fetched with the session cookie and CSRF token.

import { askServer } from "./asking";
import { freshFor } from "./tokenlife";

export class SignedOut extends Error {}

const TRIES = 4;
const PAUSE_MS = 500;

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

export class LiveToken {
  private token = "";
  private freshUntil = Number.NEGATIVE_INFINITY;
  private underWay: Promise<string> | null = null;

  constructor(private readonly address: string) {}

  /** A token with life left in it. Rejects with SignedOut when the session has ended. */
  get(): Promise<string> {
    if (performance.now() < this.freshUntil) return Promise.resolve(this.token);
    this.underWay ??= this.fetch().finally(() => {
      this.underWay = null;
    });
    return this.underWay;
  }

  forget(): void {
    this.freshUntil = Number.NEGATIVE_INFINITY;
  }

  private async fetch(): Promise<string> {
    let trouble = "the server could not be reached";
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (attempt > 0) await pause(PAUSE_MS);
      const answer = await askServer(this.address, { method: "POST" });
      if (answer === null) continue;
      if (answer.status === 401 || answer.status === 403) throw new SignedOut("the session has ended");
      if (!answer.ok) {
        trouble = `the server answered ${answer.status}`;
        continue;
      }
      const given = (await answer.json()) as { token?: unknown; expires_at?: unknown };
      if (typeof given.token !== "string") throw new Error("the server sent no token");
      this.token = given.token;
      this.freshUntil = performance.now() + freshFor(given.expires_at, Date.parse(answer.headers.get("Date") ?? "") || Date.now());
      return this.token;
    }
    throw new Error(trouble);
  }
}
