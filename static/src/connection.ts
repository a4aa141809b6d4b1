// One live connection for one document: the stock Hocuspocus provider, set up never to give up, with our counting
// socket underneath. It tells what happened; what to do about it is decided in session.ts.

import { HocuspocusProvider, HocuspocusProviderWebsocket, WebSocketStatus, type HocuspocusProviderWebsocketConfiguration } from "@hocuspocus/provider";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { Durable } from "./durable";
import { LiveSocket, Network } from "./fallback";
import { countedSocket } from "./socket";
import { SignedOut, type LiveToken } from "./token";

export interface Told {
  /** Connected, disconnected, or the count of durable changes moved. */
  readonly changed: () => void;
  readonly synced: () => void;
  readonly stateless: (message: Record<string, unknown>) => void;
  /** The server closed the document, or refused to open it: `code` if it gave one. */
  readonly closed: (code: string) => void;
  readonly signedOut: () => void;
}

const PROBE_MS = 2_500;
/** A page comes back this soon after its connection ended, plus its own share of the spread: a server that ends takes
 * a thousand connections with it, and they must not all come back in the same instant. */
const BACK_AFTER_MS = 200;
const SPREAD_MS = 800;
/** So long nothing may have been written before a connection changes from HTTP to a real socket. */
const QUIET_MS = 3_000;
const MOVE_MS = 5_000;
/** The code with which a server closes a socket that sent too large a message (RFC 6455). */
const TOO_BIG = 1009;
/** One for the page: whether sockets pass is a matter of where the page is, not of the document. */
const network = new Network(sessionStorage, window);

/** The stock socket keeper, with a way to let go of a socket at once instead of waiting for its last words. */
class Keeper extends HocuspocusProviderWebsocket {
  constructor(configuration: HocuspocusProviderWebsocketConfiguration) {
    super(configuration);
    this.on("connect", () => {
      this.cancelWebsocketRetry = undefined;
    });
  }

  /**
   * The stock keeper forgets its retry loop when a socket opens, and starts another when it closes before the first
   * message, while the forgotten one goes on: the loops would add up. Ours is forgotten at the first message.
   */
  override onOpen(event: Event): Promise<void> {
    const retry = this.cancelWebsocketRetry;
    const opened = super.onOpen(event);
    this.cancelWebsocketRetry = retry;
    return opened;
  }

  letGo(reason: string): void {
    this.emit("close", { event: { code: 4408, reason } });
  }
}

export class Connection {
  readonly durable = new Durable();
  readonly provider: HocuspocusProvider;
  private readonly websocket: Keeper;
  private readonly probe: () => void;
  private readonly stopNetwork: () => void;
  /** Which life of the store the document comes from: told at the first opening, and said at every return. */
  private epoch: string | undefined;
  private ended = false;
  private lastChange = Number.NEGATIVE_INFINITY;
  private movingUntil = Number.NEGATIVE_INFINITY;
  private moving: ReturnType<typeof setTimeout> | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(address: string, name: string, doc: Y.Doc, schemaVersion: number, token: LiveToken, told: Told) {
    const ifAlive = (run: () => void) => {
      if (!this.ended) run();
    };
    // Counted before the provider hears of the change and sends it.
    doc.on("update", (_update: Uint8Array, origin: unknown) => {
      if (origin === this.provider) return;
      this.lastChange = performance.now();
      this.durable.changed(doc.store.clients.get(doc.clientID) === undefined ? 0 : stateOf(doc));
      ifAlive(told.changed);
    });
    const { CountedSocket, current } = countedSocket({
      document: name,
      durable: this.durable,
      changed: () => {
        ifAlive(told.changed);
      },
      heard: () => {
        this.websocket.lastMessageReceived = Date.now();
      },
      silent: () => {
        this.websocket.letGo("silence");
      },
    }, network);
    this.websocket = new Keeper({
      url: address,
      autoConnect: false,
      WebSocketPolyfill: CountedSocket,
      delay: BACK_AFTER_MS + Math.floor(Math.random() * SPREAD_MS), // whole milliseconds, or it never connects
      minDelay: 150,
      factor: 1.6,
      maxDelay: 2_000,
      jitter: true,
      maxAttempts: 0,
      messageReconnectTimeout: 30_000,
    });
    this.provider = new HocuspocusProvider({
      websocketProvider: this.websocket,
      name,
      document: doc,
      token: async () => {
        try {
          return await token.get();
        } catch (error) {
          if (error instanceof SignedOut) ifAlive(told.signedOut);
          else current()?.close();
          throw error;
        }
      },
      onAuthenticated: () => {
        this.provider.sendStateless(JSON.stringify({ type: "hello", schema: schemaVersion, epoch: this.epoch }));
      },
      onAuthenticationFailed: ({ reason }) => {
        if (!reason.startsWith("Failed to get token")) {
          token.forget();
          ifAlive(() => {
            told.closed(reason);
          });
        }
      },
      onSynced: () => {
        this.movingUntil = Number.NEGATIVE_INFINITY;
        ifAlive(told.synced);
        ifAlive(told.changed);
      },
      onStateless: ({ payload }) => {
        const message = parsed(payload);
        if (message !== null)
          ifAlive(() => {
            if (this.isOfAnotherLife(message)) told.closed("stale-epoch");
            else told.stateless(message);
          });
      },
    });
    // Socket closes carry no document; a Close of the document itself has code 1000 and comes through the provider.
    this.provider.on("close", ({ event }: { event: { code: number; reason: string } }) => {
      // What is larger than a frame may be will never be taken: sending it again would go on for ever.
      const reason = event.code === TOO_BIG ? "too-big" : event.code === 1000 && this.isOpen ? event.reason : null;
      if (reason !== null)
        ifAlive(() => {
          told.closed(reason);
        });
      ifAlive(told.changed);
    });
    this.provider.on("status", () => {
      ifAlive(told.changed);
    });
    this.probe = () => {
      if (this.ended || document.visibilityState === "hidden") return;
      const socket = current();
      if (socket?.readyState === WebSocket.OPEN) socket.probe(PROBE_MS);
      else if (this.websocket.status === WebSocketStatus.Disconnected) void this.websocket.connect();
    };
    for (const name of ["online", "offline", "focus", "pageshow"]) window.addEventListener(name, this.probe);
    document.addEventListener("visibilitychange", this.probe);
    this.stopNetwork = network.onReturn(() => {
      this.moveBack(told.changed);
    });
    this.provider.attach();
    void this.websocket.connect();
  }

  /** Was the store restored since this document was opened? It stays of its first life, whatever the server says later. */
  private isOfAnotherLife(message: Record<string, unknown>): boolean {
    if (message["type"] !== "plan" || typeof message["epoch"] !== "string") return false;
    this.epoch ??= message["epoch"];
    return this.epoch !== message["epoch"];
  }

  get awareness(): Awareness {
    const { awareness } = this.provider;
    if (awareness === null) throw new Error("presence is always on");
    return awareness;
  }

  get isOpen(): boolean {
    return this.websocket.webSocket?.readyState === WebSocket.OPEN;
  }

  /** Signed in and in step with the server over the socket that is open now; changing to a better one is no break. */
  get isConnected(): boolean {
    if (performance.now() < this.movingUntil) return true;
    return this.isOpen && this.provider.isAuthenticated && this.provider.isSynced;
  }

  /** Lets the socket go and opens a new one after a while; the document and what was written stay. */
  again(wait: number): void {
    this.websocket.shouldConnect = false;
    this.websocket.letGo("again");
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      if (!this.ended) void this.websocket.connect();
    }, wait);
  }

  /** Real sockets pass again: changes to one when nothing is under way. */
  private moveBack(changed: () => void): void {
    const { webSocket } = this.websocket;
    const isFallback: boolean = webSocket instanceof LiveSocket && webSocket.isFallback;
    if (this.ended || network.refuses || !isFallback) return;
    clearTimeout(this.moving);
    if (this.durable.isCurrent && performance.now() - this.lastChange > QUIET_MS) {
      this.movingUntil = performance.now() + MOVE_MS;
      this.moving = setTimeout(changed, MOVE_MS);
      this.again(0);
    } else
      this.moving = setTimeout(() => {
        this.moveBack(changed);
      }, QUIET_MS / 3);
  }

  /** Ends it for good; nothing is told afterwards. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.stopNetwork();
    clearTimeout(this.moving);
    for (const name of ["online", "offline", "focus", "pageshow"]) window.removeEventListener(name, this.probe);
    document.removeEventListener("visibilitychange", this.probe);
    this.provider.destroy();
    this.websocket.destroy();
  }
}

function stateOf(doc: Y.Doc): number {
  const structs = doc.store.clients.get(doc.clientID);
  const last = structs?.at(-1);
  return last === undefined ? 0 : last.id.clock + last.length;
}

function parsed(payload: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
