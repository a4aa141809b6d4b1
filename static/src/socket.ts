// The page's live socket with a conscience: it counts sync frames for one document, keeps frames back until the
// document has signed in on this socket, gives up on a connection attempt that hangs, and notices a silent one.

import { LiveSocket, type Network } from "./fallback";
import { glance, isLone, Kind, Sync } from "./frames";
import type { Durable } from "./durable";

export interface SocketWatch {
  readonly document: string;
  readonly durable: Durable;
  /** The socket opened, closed or was given up; or the count of durable changes moved. */
  changed(): void;
  /** Something came in; keeps the provider's own watch quiet. */
  heard(): void;
  /** Nothing came in although we asked: the provider should treat the socket as closed. */
  silent(): void;
}

const FIRST_PATIENCE_MS = 4_000;
const LONGEST_PATIENCE_MS = 20_000;
const PING_EVERY_MS = 5_000;
const SILENCE_MS = 11_000;
const PING = new Uint8Array([Kind.Ping]);

/** A WebSocket class for the provider; `current()` gives the newest socket made with it. */
export function countedSocket(watch: SocketWatch, network: Network) {
  let newest: CountedSocket | null = null;
  let patience = FIRST_PATIENCE_MS;
  let serverPongs = false;

  class CountedSocket extends LiveSocket {
    private signedIn = false;
    private lastHeard = performance.now();
    private readonly opening: ReturnType<typeof setTimeout>;
    private pinging: ReturnType<typeof setInterval> | null = null;
    private probing: ReturnType<typeof setTimeout> | null = null;

    constructor(address: string) {
      super(address, network);
      this.becomeNewest();
      watch.durable.lost();
      this.opening = setTimeout(() => {
        patience = Math.min(LONGEST_PATIENCE_MS, patience * 2);
        this.close();
      }, patience);
      this.addEventListener("open", () => {
        clearTimeout(this.opening);
        patience = FIRST_PATIENCE_MS;
        this.lastHeard = performance.now();
        // Asked at once: until the first answer nobody can say that a later silence means a lost network.
        this.ping();
        this.pinging = setInterval(() => {
          this.ping();
        }, PING_EVERY_MS);
      });
      this.addEventListener("message", (event) => {
        this.received(event as MessageEvent<ArrayBuffer>);
      });
      this.addEventListener("close", () => {
        this.ended();
      });
    }

    private becomeNewest(): void {
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- an older socket must not count for a newer one
      newest = this;
    }

    override send(data: Uint8Array<ArrayBuffer>): void {
      const seen = glance(data);
      if (seen === null || seen.document !== watch.document) {
        super.send(data);
        return;
      }
      if (seen.kind === Kind.Auth) this.signedIn = true;
      else if (!this.signedIn) return;
      if (seen.kind === Kind.Sync && seen.detail !== Sync.Step1) {
        const isStep2 = seen.detail === Sync.Step2;
        if (!watch.durable.mayLeave(isStep2)) return;
        watch.durable.left(isStep2);
        super.send(data);
        watch.changed();
        return;
      }
      super.send(data);
    }

    /** Ask now whether anybody is there; no answer within `limit` counts as silence. */
    probe(limit: number): void {
      if (this.readyState !== WebSocket.OPEN || !serverPongs || this.probing !== null) return;
      const asked = performance.now();
      super.send(PING);
      this.probing = setTimeout(() => {
        this.probing = null;
        if (this.lastHeard < asked) this.giveUp();
      }, limit);
    }

    private ping(): void {
      if (serverPongs && performance.now() - this.lastHeard > SILENCE_MS) this.giveUp();
      else if (this.readyState === WebSocket.OPEN) super.send(PING);
    }

    private received(event: MessageEvent<ArrayBuffer>): void {
      this.lastHeard = performance.now();
      if (!(event.data instanceof ArrayBuffer)) return;
      const frame = new Uint8Array(event.data);
      if (isLone(frame, Kind.Pong)) {
        serverPongs = true;
        watch.heard();
        event.stopImmediatePropagation();
        return;
      }
      const seen = glance(frame);
      if (newest !== this || seen?.document !== watch.document || seen.kind !== Kind.SyncStatus) return;
      watch.durable.answered(seen.detail === 1);
      watch.changed();
    }

    private giveUp(): void {
      if (newest !== this) return;
      this.ended();
      watch.silent();
      this.close();
    }

    private ended(): void {
      clearTimeout(this.opening);
      if (this.pinging !== null) clearInterval(this.pinging);
      if (this.probing !== null) clearTimeout(this.probing);
      if (newest !== this) return;
      newest = null;
      watch.durable.lost();
      watch.changed();
    }
  }

  return { CountedSocket, current: () => newest };
}
