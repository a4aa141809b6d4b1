// The live documents of a section in dispute: each side's layer that this person may read, and the one that takes their
// words. Nothing is shown before every one of them has arrived, or a half-read layer would look like withdrawn words.

import * as Y from "yjs";
import { Connection } from "../connection";
import type { LiveToken } from "../token";
import { LAYER_ROOT } from "./layer";
import { Layer } from "./layerdoc";
import type { Layers } from "./board";
import type { Working } from "./facts";

export interface Heard {
  readonly changed: () => void;
  /** Every document is here. */
  readonly ready: () => void;
  readonly stateless: (message: Record<string, unknown>) => void;
  /** One was closed; `isOwn` says whether it was the one that takes this person's words. */
  readonly closed: (code: string, isOwn: boolean) => void;
}

export interface Room {
  readonly name: string;
  readonly doc: Y.Doc;
  readonly layer: Layer;
  readonly connection: Connection;
}

export class Rooms {
  readonly all: readonly Room[];
  readonly write: Room | null;
  readonly openedAt = performance.now();
  private readonly synced = new Set<string>();
  private hasEnded = false;

  constructor(address: string, schema: number, token: LiveToken, working: Working, heard: Heard) {
    const names = new Set(Object.values(working.documents));
    if (working.write !== null) names.add(working.write);
    this.all = [...names].map((name) => {
      const doc = new Y.Doc({ guid: name });
      doc.getXmlFragment(LAYER_ROOT);
      const connection = new Connection(address, name, doc, schema, token, {
        changed: () => { this.unlessEnded(heard.changed); },
        synced: () => {
          if (this.synced.has(name)) return;
          this.synced.add(name);
          if (this.isReady) this.unlessEnded(heard.ready);
        },
        stateless: (message) => { this.unlessEnded(() => { heard.stateless(message); }); },
        closed: (code) => { this.unlessEnded(() => { heard.closed(code, name === working.write); }); },
        signedOut: () => { this.unlessEnded(() => { heard.closed("signed-out", true); }); },
      });
      return { name, doc, layer: new Layer(doc), connection };
    });
    this.write = this.all.find((room) => room.name === working.write) ?? null;
    for (const room of this.all) {
      if (room === this.write) room.connection.awareness.setLocalState({ user: { name: working.people[working.me.person]?.name ?? "", role: working.me.role } });
      else room.connection.awareness.setLocalState(null);
    }
  }

  get isReady(): boolean {
    return this.synced.size === this.all.length;
  }

  get isConnected(): boolean {
    return this.all.every((room) => room.connection.isConnected);
  }

  /** The layers of each side; my own words lie over what my side has shown already. */
  layers(working: Working): Layers {
    const side = (name: "family" | "authority"): Layer[] => {
      const found = this.all.filter((room) => room.name === working.documents[name]).map((room) => room.layer);
      if (working.me.side === name && this.write !== null && !found.includes(this.write.layer)) found.push(this.write.layer);
      return found;
    };
    return { read: { family: side("family"), authority: side("authority") }, write: this.write?.layer ?? null };
  }

  end(): void {
    this.hasEnded = true;
    for (const room of this.all) {
      room.connection.end();
      room.doc.destroy();
    }
  }

  private unlessEnded(run: () => void): void {
    if (!this.hasEnded) run();
  }
}
