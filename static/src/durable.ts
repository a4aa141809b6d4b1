// Counts what the server has made durable, so that "Saved" is never a guess.
// Each local change raises `made`. Each sync frame that leaves covers all changes made so far; the server answers each
// with one SyncStatus, in order, after its commit. Only that raises `durable`. Losing the socket forgets what was on
// its way, never what was made. No clock, no DOM: the socket and the page call in.

export interface Moment {
  /** How many local changes there were. */
  readonly made: number;
  /** The next clock of this page's own client id at that moment. */
  readonly clock: number;
}

export class Durable {
  private made: Moment = { made: 0, clock: 0 };
  private kept: Moment = { made: 0, clock: 0 };
  private underWay: Moment[] = [];
  private broughtAll = false;

  /** A change was made on this page; `clock` is the own client's clock after it. */
  changed(clock: number): void {
    this.made = { made: this.made.made + 1, clock };
  }

  /** May this sync frame leave? Updates wait until a step 2, which holds them all, has gone out on this socket. */
  mayLeave(isStep2: boolean): boolean {
    return isStep2 || this.broughtAll;
  }

  /** A sync step 2 or an update left on the socket. */
  left(isStep2: boolean): void {
    if (isStep2) this.broughtAll = true;
    this.underWay.push(this.made);
  }

  /** The server answered the oldest frame on its way. */
  answered(isDurable: boolean): void {
    const moment = this.underWay.shift();
    if (moment !== undefined && isDurable) this.kept = moment;
  }

  /** The socket is gone, and what was on its way with it. */
  lost(): void {
    this.underWay = [];
    this.broughtAll = false;
  }

  /** Is the server up to date with this page, over the socket that is open now? */
  get isCurrent(): boolean {
    return this.broughtAll && this.underWay.length === 0 && !this.hasUnsaved;
  }

  /** How many changes were made on this page. */
  get changes(): number {
    return this.made.made;
  }

  get hasUnsaved(): boolean {
    return this.kept.made < this.made.made;
  }

  /** Own text with a clock from here on is not known to be durable. */
  get durableClock(): number {
    return this.kept.clock;
  }
}
