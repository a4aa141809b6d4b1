// What the server says of a section in dispute: its baseline, who may do what, and the register's card for every proposal.
// The shape of GET /api/plans/{plan}/working/{section}. Nothing here is a right: the server decides.

import type { BaselineValue } from "./baseline";
import type { Profile, Status } from "./looks";
import type { Side } from "./records";
import type { Piece } from "./worddiff";

export interface Evidence {
  readonly id: string | number;
  readonly document: string;
  readonly author: string;
  readonly role: string;
  readonly dated: string | null;
  readonly page: string;
  readonly paragraph: string;
  readonly citation: string;
}

export interface May {
  readonly agree: boolean;
  readonly disagree: boolean;
  readonly counter: boolean;
  readonly withdraw: boolean;
  readonly panel: boolean;
  readonly panel_decides: boolean;
  readonly evidence: boolean;
  readonly why_not: string;
}

export interface Proposal {
  readonly key: string;
  readonly number: string;
  readonly side: Side;
  readonly status: Status;
  readonly hash: string;
  readonly group: readonly string[];
  readonly first_by: string;
  readonly first_at: string | null;
  readonly last_by: string;
  readonly last_at: string | null;
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  readonly confirmations: readonly { readonly side: string; readonly by: string; readonly at: string }[];
  readonly not_agreed: readonly string[];
  readonly answers_older: boolean;
  readonly reads_as: readonly string[];
  readonly sentence: string;
  readonly place: string;
  readonly events: readonly { readonly at: string; readonly by: string; readonly act: string; readonly words: string }[];
  readonly may: May;
}

export interface Working {
  readonly plan: string;
  readonly section: string;
  readonly title: string;
  readonly reference: string;
  readonly me: { readonly side: Side | null; readonly person: string; readonly role: string; readonly may_propose: boolean; readonly may_decide: boolean };
  readonly baseline: BaselineValue;
  readonly documents: Readonly<Record<string, string>>;
  readonly write: string | null;
  readonly turn: { readonly mine: "live" | "private"; readonly theirs: "live" | "private" };
  readonly tribunal: Readonly<Record<string, unknown>>;
  readonly profile: Profile;
  readonly proposals: Readonly<Record<string, Proposal>>;
  readonly people: Readonly<Record<string, { readonly name: string; readonly role: string; readonly side: string; readonly on_behalf: string }>>;
  readonly seen: { readonly at: string | null };
}

/** What became of a proposal since this side last looked. */
export interface SinceChange {
  readonly key: string;
  readonly number?: string;
  readonly place?: string;
  readonly what: "new" | "withdrawn" | "changed";
  readonly sentence?: string;
  /** The words of the original that it takes out; if it was withdrawn, that it would have taken out. */
  readonly struck?: string;
  readonly words: Readonly<Record<string, readonly Piece[]>>;
  readonly moved?: boolean;
}
