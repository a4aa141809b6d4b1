// For how long a live token may be used again before a new one is asked for. No clock but the one it is given.

const LONGEST_MS = 90_000;
const SHARE = 1 / 3;

/** Milliseconds: a third of the token's life by the server's own clock, and a minute and a half at most. */
export function freshFor(expiresAt: unknown, now: number): number {
  const life = typeof expiresAt === "string" ? Date.parse(expiresAt) - now : 0;
  return Number.isNaN(life) ? 0 : Math.max(0, Math.min(LONGEST_MS, life * SHARE));
}
