// The live documents of a section in dispute: each side's layer that this person may read, and the one that takes their
// words. Nothing is shown before every one of them has arrived, or a half-read layer would look like withdrawn words.

import * as Y from "yjs";
import { Connection } from "../connection";
import { Sameness } from "../sameness";
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
  /** One of them was closed. */
  readonly closed: (code: string) => void;
  /** What one holds is not what the server holds, though both have the same edits. */
  readonly differ: () => void;
}

export interface Room {
  readonly name: string;
  readonly doc: Y.Doc;
  readonly layer: Layer;
  readonly connection: Connection;
  readonly sameness: Sameness;
}

export class Rooms {
  readonly all: readonly Room[] = [];
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
        changed: () => { this.unlessEnded(() => { this.look(); heard.changed(); }); },
        synced: () => {
          if (this.synced.has(name)) return;
          this.synced.add(name);
          if (this.isReady) this.unlessEnded(heard.ready);
        },
        stateless: (message) => {
          this.unlessEnded(() => {
            if (message["type"] === "checked") sameness.heard(message["same"] === true);
            else heard.stateless(message);
          });
        },
        closed: (code) => { this.unlessEnded(() => { heard.closed(code); }); },
        signedOut: () => { this.unlessEnded(() => { heard.closed("signed-out"); }); },
      });
      const sameness = new Sameness(doc, {
        isSettled: () => this.isReady && connection.isConnected && (name !== working.write || connection.durable.isCurrent),
        send: (message) => { connection.provider.sendStateless(message); },
        differ: () => { this.unlessEnded(heard.differ); },
      }, LAYER_ROOT);
      return { name, doc, layer: new Layer(doc), connection, sameness };
    });
    this.write = this.all.find((room) => room.name === working.write) ?? null;
    for (const room of this.all) room.connection.awareness.setLocalState(null);
  }

  /** This person is here; not said for a copy that waits to take the place of another, or they would be here twice. */
  greet(working: Working): void {
    const user = { name: working.people[working.me.person]?.name ?? "", role: working.me.role };
    this.write?.connection.awareness.setLocalState({ user });
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
      room.sameness.end();
      room.connection.end();
      room.doc.destroy();
    }
  }

  private look(): void {
    for (const room of this.all) room.sameness.look();
  }

  private unlessEnded(run: () => void): void {
    if (!this.hasEnded) run();
  }
}
