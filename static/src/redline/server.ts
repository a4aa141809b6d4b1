// The requests of the working page: the section as the server sees it, decisions, evidence, reasons, turns.

import { askServer } from "../asking";
import type { SinceChange, Working } from "./facts";

/** What came of a request: the answer, or a sentence for the person. */
export type Answer<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly sentence: string; readonly code: string };

const UNREACHED = "The server could not be reached. Nothing was changed. Try again in a moment.";
const REFUSED = "The server could not do this. Nothing was changed. Try again, or load the page again.";

export class Server {
  constructor(private readonly address: string) {}

  working(): Promise<Answer<Working>> {
    return this.ask<Working>("", "GET");
  }

  async since(): Promise<Answer<readonly SinceChange[]>> {
    const found = await this.ask<{ readonly changes: readonly SinceChange[] }>("/since", "GET");
    return found.ok ? { ok: true, value: found.value.changes } : found;
  }

  seen(): Promise<Answer<unknown>> {
    return this.ask("/seen", "POST", {});
  }

  /** `proposals` carry the hashes that were on the screen: the server refuses what has changed since. */
  decide(act: string, proposals: readonly { readonly key: string; readonly hash: string }[], reason: string): Promise<Answer<Working>> {
    return this.ask<Working>("/decisions", "POST", { act, proposals, reason });
  }

  addEvidence(evidence: Readonly<Record<string, string | null>>): Promise<Answer<unknown>> {
    return this.ask("/evidence", "POST", evidence);
  }

  removeEvidence(id: string): Promise<Answer<unknown>> {
    return this.ask(`/evidence/${encodeURIComponent(id)}`, "DELETE");
  }

  giveReason(key: string, reason: string): Promise<Answer<unknown>> {
    return this.ask("/reason", "POST", { key, reason });
  }

  /** Turns belong to the plan, not to one section. */
  turn(to: "private" | "send"): Promise<Answer<unknown>> {
    return this.send(this.address.replace(/\/working\/[^/]+$/, "/appeal/turn"), "POST", { to });
  }

  private ask<Value>(path: string, method: "GET" | "POST" | "DELETE", body?: unknown): Promise<Answer<Value>> {
    return this.send(this.address + path, method, body);
  }

  private async send<Value>(address: string, method: "GET" | "POST" | "DELETE", body?: unknown): Promise<Answer<Value>> {
    const answer = await askServer(address, { method, background: method === "GET", ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (answer === null) return { ok: false, sentence: UNREACHED, code: "" };
    const text = await answer.text();
    const value = parsed(text);
    if (answer.ok) return { ok: true, value: value as Value };
    const problem = (value ?? {}) as { detail?: unknown; code?: unknown };
    const sentence = typeof problem.detail === "string" && problem.detail !== "" ? problem.detail : REFUSED;
    return { ok: false, sentence, code: typeof problem.code === "string" ? problem.code : String(answer.status) };
  }
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : (JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
