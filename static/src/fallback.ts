// A WebSocket that arrives even where WebSockets are blocked: it tries a real one, and goes over HTTP when that does not
// open, or opens and then passes nothing. Whoever uses it need not know. `Network` remembers what this network does to
// sockets, tries one again from time to time, and tells when they pass.

import { isLone, Kind } from "./frames";
import { Channel, type Line } from "./polling";

/** A real socket is given so long before HTTP is tried beside it; the first of the two that opens is used. */
const OPEN_MS = 2_500;
/** An open socket on which nothing has come in so long after the first frame left passes nothing. */
const MUTE_MS = 4_000;
const TRIAL_MS = 5_000;
/** Pauses before real sockets are tried again, the last one over and over. */
const TRY_AGAIN_MS = [5_000, 30_000, 120_000, 300_000];
const LOST = 1006;
const CLOSED_BY_US = 1005;
const REFUSED = "alongside-sockets-refused";
const PING = new Uint8Array([Kind.Ping]);

export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class Network {
  private readonly channels = new Map<string, Channel>();
  private readonly returned = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private trial: WebSocket | null = null;
  private trials = 0;
  private address = "";

  /** `memory` lasts as long as the visit; `page` tells of "online" and "pagehide". */
  constructor(
    private readonly memory: Memory,
    private readonly page: EventTarget,
    private readonly pauses: readonly number[] = TRY_AGAIN_MS,
  ) {
    page.addEventListener("online", () => {
      if (this.refuses) this.tryAgain();
    });
  }

  /** Are sockets known to be blocked here? */
  get refuses(): boolean {
    return this.memory.getItem(REFUSED) !== null;
  }

  /** The page's way over HTTP to this address. */
  channel(address: string): Channel {
    const known = this.channels.get(address);
    if (known?.isUsable === true) return known;
    const web = new URL(address);
    web.protocol = web.protocol === "wss:" ? "https:" : "http:";
    web.pathname += "/http/";
    const made = new Channel(web, this.page);
    this.channels.set(address, made);
    return made;
  }

  /** HTTP came through and a socket did not, now or earlier in this visit. */
  refused(address: string): void {
    this.memory.setItem(REFUSED, "1");
    this.address = address;
    if (this.timer === null && this.trial === null) this.later();
  }

  /** A socket passed something. */
  passed(): void {
    if (!this.refuses) return;
    this.memory.removeItem(REFUSED);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const tell of [...this.returned]) tell();
  }

  /** Calls back whenever sockets pass again; returns how to stop that. */
  onReturn(tell: () => void): () => void {
    this.returned.add(tell);
    return () => {
      this.returned.delete(tell);
    };
  }

  private later(): void {
    const wait = this.pauses[Math.min(this.trials, this.pauses.length - 1)];
    this.trials += 1;
    this.timer = setTimeout(() => {
      this.tryAgain();
    }, wait);
  }

  /** Asks over a real socket whether anybody is there. Only an answer counts: some proxies open sockets to nowhere. */
  private tryAgain(): void {
    if (this.trial !== null || this.address === "") return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const trial = new WebSocket(this.address);
    this.trial = trial;
    trial.binaryType = "arraybuffer";
    const done = (hasPassed: boolean) => {
      if (this.trial !== trial) return;
      this.trial = null;
      clearTimeout(patience);
      trial.close();
      if (hasPassed) this.passed();
      else if (this.refuses) this.later();
    };
    const patience = setTimeout(() => {
      done(false);
    }, TRIAL_MS);
    trial.onopen = () => {
      trial.send(PING);
    };
    trial.onmessage = (event: MessageEvent<unknown>) => {
      done(event.data instanceof ArrayBuffer && isLone(new Uint8Array(event.data), Kind.Pong));
    };
    trial.onclose = () => {
      done(false);
    };
  }
}

export class LiveSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING;
  binaryType: BinaryType = "arraybuffer";
  private socket: WebSocket | null = null;
  private line: Line | null = null;
  private isOverHttp = false;
  private patience: ReturnType<typeof setTimeout> | undefined;
  /** What was sent while nothing had come back yet; null from then on. */
  private unproven: Uint8Array<ArrayBuffer>[] | null = [];

  constructor(
    private readonly address: string,
    private readonly network: Network,
  ) {
    super();
    if (network.refuses) {
      network.refused(address); // real sockets are tried again even if HTTP does not come through any more
      this.tryHttp();
    } else this.trySocket();
  }

  /** Does it go over HTTP because sockets are blocked? */
  get isFallback(): boolean {
    return this.isOverHttp;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.isOverHttp) {
      this.line?.send(data);
      return;
    }
    this.socket?.send(data);
    if (this.unproven === null) return;
    this.unproven.push(data);
    this.patience ??= setTimeout(() => {
      this.tryHttp();
    }, MUTE_MS);
  }

  close(): void {
    if (this.readyState >= WebSocket.CLOSING) return;
    this.readyState = WebSocket.CLOSING;
    this.letGo();
    queueMicrotask(() => {
      this.finish(CLOSED_BY_US, "");
    });
  }

  private trySocket(): void {
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.patience = setTimeout(() => {
      this.tryHttp();
    }, OPEN_MS);
    socket.onopen = () => {
      this.giveUpHttp();
      this.opened();
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      if (this.unproven !== null) {
        this.unproven = null;
        this.giveUpHttp();
        this.network.passed();
      }
      this.heard(event.data);
    };
    socket.onclose = (event) => {
      this.letGoOfSocket();
      // A server's own words are passed on; a socket cut before anything came may be a proxy's work.
      if (this.unproven === null || event.code !== LOST) this.finish(event.code, event.reason);
      else this.tryHttp();
    };
  }

  private tryHttp(): void {
    if (this.line !== null || this.readyState >= WebSocket.CLOSING) return;
    this.line = this.network.channel(this.address).line({
      opened: () => {
        this.stopWaiting();
        this.letGoOfSocket();
        this.isOverHttp = true;
        this.network.refused(this.address);
        const waiting = this.unproven ?? [];
        this.unproven = null;
        if (this.readyState === WebSocket.CONNECTING) this.opened();
        else for (const frame of waiting) this.line?.send(frame);
      },
      heard: (data) => {
        this.heard(data);
      },
      closed: (code, reason) => {
        this.line = null;
        // A real socket that is still trying may yet open; an open one was mute.
        if (this.socket === null || this.readyState === WebSocket.OPEN) this.finish(code, reason);
      },
    });
  }

  private opened(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  private heard(data: ArrayBuffer): void {
    if (this.readyState === WebSocket.OPEN) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  private finish(code: number, reason: string): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.letGo();
    this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: code !== LOST }));
  }

  private letGo(): void {
    this.giveUpHttp();
    this.letGoOfSocket();
  }

  private letGoOfSocket(): void {
    const { socket } = this;
    if (socket === null) return;
    this.socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private giveUpHttp(): void {
    this.stopWaiting();
    const { line } = this;
    this.line = null;
    line?.close();
  }

  private stopWaiting(): void {
    clearTimeout(this.patience);
    this.patience = undefined;
  }
}
