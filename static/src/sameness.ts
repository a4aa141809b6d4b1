// Asks the server, when all is quiet, whether its text is the text on this page. Once for each state of the text; a
// difference is looked at twice before it counts. The server answers only if it holds the very same edits.

import * as Y from "yjs";
import { contentHash } from "./tree";

const QUIET_MS = 3_000;

export interface Asking {
  /** Is everything durable, over a connection that is open now? */
  readonly isSettled: () => boolean;
  readonly send: (message: string) => void;
  /** The texts differ, and still do after a while. */
  readonly differ: () => void;
}

export class Sameness {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the changes of the text, deletions too, which move no clock. */
  private state = 0;
  private asked = -1;
  private differences = 0;
  private isWaiting = false;
  private hasEnded = false;

  constructor(
    private readonly doc: Y.Doc,
    private readonly asking: Asking,
    /** The name of the fragment that holds the text. */
    private readonly root: string,
  ) {
    doc.on("update", this.changed);
  }

  /** Call when the connection or what is durable may have changed. */
  readonly look = (): void => {
    if (!this.isWaiting || !this.asking.isSettled()) return;
    this.isWaiting = false;
    this.later();
  };

  heard(isSame: boolean): void {
    if (this.asked !== this.state) return; // an answer about a text that is gone
    if (isSame) {
      this.differences = 0;
      return;
    }
    this.differences += 1;
    if (this.differences === 1) this.later();
    else if (this.differences === 2) this.asking.differ();
  }

  end(): void {
    this.hasEnded = true;
    clearTimeout(this.timer);
    this.doc.off("update", this.changed);
  }

  private readonly changed = (): void => {
    this.state += 1;
    this.differences = 0;
    this.isWaiting = false;
    this.later();
  };

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), QUIET_MS);
  }

  private async ask(): Promise<void> {
    if (!this.asking.isSettled()) {
      this.isWaiting = true;
      return;
    }
    const { state } = this;
    if (this.asked === state && this.differences === 0) return;
    const clocks = Object.fromEntries(Y.decodeStateVector(Y.encodeStateVector(this.doc)));
    const hash = await contentHash(this.doc.getXmlFragment(this.root));
    if (hash === null || this.hasEnded || state !== this.state || !this.asking.isSettled()) return;
    this.asked = state;
    this.asking.send(JSON.stringify({ type: "check", clocks, hash }));
  }
}
