// Live connections over HTTP, for networks that block WebSockets: numbered requests up, one held request down, for all
// connections of this page together, because a browser opens only a few requests to one server at once. What is sent
// arrives once and in order or the channel ends; it knows no documents. docs/live-protocol.md has the bytes.

/** What whoever opened a line is told. */
export interface LineWatch {
  opened(): void;
  heard(data: ArrayBuffer): void;
  /** Nothing more comes: the server said so, or it cannot be reached. */
  closed(code: number, reason: string): void;
}

export interface Line {
  send(data: Uint8Array): void;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly number: number;
  readonly body: ArrayBuffer;
}

const Mark = { Frame: 0, Close: 1, Open: 2 } as const;
const HEAD_BYTES = 7;
const BATCH_BYTES = 64 * 1024;
const BATCH_RECORDS = 250;
/** More than the server may hold a request. */
const ANSWER_MS = 30_000;
const OPEN_MS = 8_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** So long a request is repeated while the server cannot be reached. */
const PATIENCE_MS = 15_000;
const EMPTY_AT_LEAST_MS = 1_000;
/** A browser has six requests to one server under way at most, over all its pages: so many of them may be held open. */
const HELD = 4;
const LOOK_EVERY_MS = 1_200;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const TOO_BIG = 413;
const CLOSED_TOO_BIG = 1009;
const CLOSED_BY_US = 1005;
const LOST = 1006;
const ID = /^[\w.-]{20,100}$/;

export class Channel {
  private id = "";
  private up = 0;
  private down = 0;
  private newest = 0;
  private isOver = false;
  private isLeaving = false;
  private isSending = false;
  private outgoing: Uint8Array[] = [];
  private readonly lines = new Map<number, LineWatch>();
  private readonly requests = new Set<AbortController>();
  private readonly leave = () => {
    this.bye();
  };

  /** `address` is that of the requests, but for their kind; `page` tells when the page is left. */
  constructor(
    private readonly address: URL,
    private readonly page: EventTarget,
  ) {
    page.addEventListener("pagehide", this.leave);
  }

  /** Does it still take new lines? */
  get isUsable(): boolean {
    return !this.isOver && !this.isLeaving;
  }

  line(watch: LineWatch): Line {
    this.newest += 1;
    const number = this.newest;
    this.lines.set(number, watch);
    this.put(record(Mark.Open, number));
    if (this.id !== "") {
      queueMicrotask(() => {
        if (this.lines.has(number)) watch.opened();
      });
    }
    return {
      send: (data) => {
        if (this.lines.has(number)) this.put(record(Mark.Frame, number, data));
      },
      close: () => {
        if (!this.lines.delete(number)) return;
        this.put(record(Mark.Close, number));
        this.isLeaving = this.lines.size === 0;
      },
    };
  }

  private put(data: Uint8Array): void {
    this.outgoing.push(data);
    if (this.isSending || this.isOver) return;
    this.isSending = true;
    // What is sent in one turn travels together.
    queueMicrotask(() => void this.sendAll());
  }

  private async sendAll(): Promise<void> {
    while (this.outgoing.length > 0 && !this.isOver) {
      const body = this.batch();
      this.up += 1;
      const isFirst = this.up === 1;
      const answer = await this.ask(isFirst ? "open" : "up", this.up, body);
      if (answer === null) return;
      if (isFirst && !this.begin(answer)) return;
    }
    this.isSending = false;
    if (this.isLeaving) this.end(CLOSED_BY_US, "");
  }

  private begin(answer: Answer): boolean {
    const id = new TextDecoder().decode(answer.body);
    if (answer.number !== 1 || !ID.test(id)) {
      this.end(LOST, ""); // somebody else answered, such as a hotel's welcome page
      return false;
    }
    this.id = id;
    for (const watch of [...this.lines.values()]) watch.opened();
    void this.listen();
    return true;
  }

  /** The next request up: as many records as go into one, at least one. */
  private batch(): Uint8Array<ArrayBuffer> {
    let count = 0;
    let size = 0;
    for (const one of this.outgoing) {
      if (count > 0 && (size + one.length > BATCH_BYTES || count >= BATCH_RECORDS)) break;
      count += 1;
      size += one.length;
    }
    const body = new Uint8Array(size);
    let at = 0;
    for (const one of this.outgoing.splice(0, count)) {
      body.set(one, at);
      at += one.length;
    }
    return body;
  }

  private async listen(): Promise<void> {
    let release: (() => void) | null = null;
    while (!this.isOver) {
      release ??= await placeForHeld();
      const asked = performance.now();
      const answer = await this.ask(release === null ? "look" : "down", this.down, null);
      if (answer === null) break;
      if (answer.status === 200 && answer.number === this.down + 1) {
        this.down = answer.number;
        this.hear(answer.body);
      } else if (release !== null && performance.now() - asked < EMPTY_AT_LEAST_MS) await pause(EMPTY_AT_LEAST_MS);
      if (release === null) await pause(LOOK_EVERY_MS);
    }
    release?.();
  }

  private hear(body: ArrayBuffer): void {
    const view = new DataView(body);
    let at = 0;
    while (at + HEAD_BYTES <= body.byteLength) {
      const [mark, number, length] = [view.getUint8(at), view.getUint16(at + 1), view.getUint32(at + 3)];
      const start = at + HEAD_BYTES;
      at = start + length;
      const watch = this.lines.get(number);
      if (mark === Mark.Frame) watch?.heard(body.slice(start, at));
      else if (mark === Mark.Close && this.lines.delete(number)) {
        this.isLeaving = this.lines.size === 0;
        watch?.closed(view.getUint16(start), new TextDecoder().decode(new Uint8Array(body, start + 2, length - 2)));
      }
    }
    if (this.isLeaving && !this.isSending) this.end(CLOSED_BY_US, "");
  }

  /** The answer, however often it has to be asked for; null when the channel is over. */
  private async ask(kind: "open" | "up" | "down" | "look", number: number, body: Uint8Array<ArrayBuffer> | null): Promise<Answer | null> {
    const started = performance.now();
    let wait = FIRST_PAUSE_MS;
    for (;;) {
      const answer = await this.request(kind, number, body);
      if (this.isOver) return null;
      if (answer !== null) {
        if (answer.status === 202) continue;
        if (answer.status === 200 || answer.status === 204) return answer;
      }
      const mayPass = kind !== "open" && (answer === null || PASSING.has(answer.status));
      if (!mayPass || performance.now() - started > PATIENCE_MS) {
        this.end(answer?.status === TOO_BIG ? CLOSED_TOO_BIG : LOST, "");
        return null;
      }
      await pause(wait);
      wait = Math.min(LONGEST_PAUSE_MS, wait * 2);
    }
  }

  private async request(kind: string, number: number, body: Uint8Array<ArrayBuffer> | null): Promise<Answer | null> {
    const stop = new AbortController();
    const late = setTimeout(() => {
      stop.abort();
    }, kind === "open" ? OPEN_MS : ANSWER_MS);
    this.requests.add(stop);
    try {
      const answer = await fetch(this.to(kind), { ...this.asking(number), body, signal: stop.signal });
      return { status: answer.status, number: Number(answer.headers.get("X-Alongside-Number")), body: await answer.arrayBuffer() };
    } catch (error) {
      if (error instanceof TypeError || (error instanceof DOMException && error.name === "AbortError")) return null;
      throw error;
    } finally {
      clearTimeout(late);
      this.requests.delete(stop);
    }
  }

  private to(kind: string): string {
    const address = new URL(this.address);
    address.pathname += kind;
    return address.href;
  }

  private asking(number: number): RequestInit {
    const headers: Record<string, string> = { "Content-Type": "application/octet-stream", "X-Alongside-Number": String(number) };
    if (this.id !== "") headers["X-Alongside-Channel"] = this.id;
    return { method: "POST", headers, cache: "no-store", credentials: "same-origin", redirect: "error" };
  }

  /** The page is being left: the others see this person go at once. */
  private bye(): void {
    if (this.id !== "" && !this.isOver) {
      fetch(this.to("close"), { ...this.asking(0), keepalive: true }).catch(() => undefined);
    }
    this.end(LOST, "");
  }

  private end(code: number, reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.page.removeEventListener("pagehide", this.leave);
    for (const request of this.requests) request.abort();
    const watches = [...this.lines.values()];
    this.lines.clear();
    this.outgoing = [];
    for (const watch of watches) watch.closed(code, reason);
  }
}

function record(mark: number, line: number, body: Uint8Array = new Uint8Array()): Uint8Array {
  const made = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(made.buffer);
  view.setUint8(0, mark);
  view.setUint16(1, line);
  view.setUint32(3, body.length);
  made.set(body, HEAD_BYTES);
  return made;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** One of the few places for a held request in this browser, to be given back; null while all are taken. */
async function placeForHeld(): Promise<(() => void) | null> {
  if (!("locks" in navigator)) return () => undefined; // only known over https
  for (let place = 1; place <= HELD; place += 1) {
    const release = await new Promise<(() => void) | null>((resolve) => {
      void navigator.locks.request(`alongside-held-${place}`, { ifAvailable: true }, (lock) => {
        if (lock === null) {
          resolve(null);
          return null;
        }
        return new Promise<null>((done) => {
          resolve(() => {
            done(null);
          });
        });
      });
    });
    if (release !== null) return release;
  }
  return null;
}
