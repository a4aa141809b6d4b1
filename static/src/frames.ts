// The few facts of a live-protocol frame that the editor counts by. Anything it cannot read is null, never an error.

import { createDecoder, readVarString, readVarUint } from "lib0/decoding";

export const Kind = { Sync: 0, Awareness: 1, Auth: 2, Stateless: 5, Close: 7, SyncStatus: 8, Ping: 9, Pong: 10 } as const;
export const Sync = { Step1: 0, Step2: 1, Update: 2 } as const;

export interface Glance {
  readonly document: string;
  readonly kind: number;
  /** The number after the kind, for Sync and SyncStatus. */
  readonly detail: number | null;
}

export function glance(frame: Uint8Array): Glance | null {
  try {
    const decoder = createDecoder(frame);
    const document = readVarString(decoder);
    const kind = readVarUint(decoder);
    const detail = kind === Kind.Sync || kind === Kind.SyncStatus ? readVarUint(decoder) : null;
    return { document, kind, detail };
  } catch {
    return null;
  }
}

export function isLone(frame: Uint8Array, kind: number): boolean {
  return frame.length === 1 && frame[0] === kind;
}
