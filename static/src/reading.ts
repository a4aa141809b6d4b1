// A section as the server renders it, for somebody who may not write it now. Newer text is offered, never pushed in:
// nothing moves under a reader. When the person may write, it offers to open the section for writing.

import { askServer } from "./asking";
import { button } from "./elements";

export interface Rendered {
  readonly nodes: readonly Node[];
  readonly etag: string;
  readonly mayWrite: boolean;
}

/** The server's own HTML of a section; null when nothing is new, or it cannot be had now. */
export async function fetchText(address: string, etag: string): Promise<Rendered | "same" | null> {
  const headers: Record<string, string> = { Accept: "text/html" };
  if (etag !== "") headers["If-None-Match"] = etag;
  const answer = await askServer(address, { background: true, headers });
  if (answer === null) return null;
  const mayWrite = answer.headers.get("X-May-Write") === "true";
  if (answer.status === 304) return mayWrite ? { nodes: [], etag, mayWrite } : "same";
  if (!answer.ok) return null;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { nodes: [...parsed.body.childNodes], etag: answer.headers.get("ETag") ?? "", mayWrite };
}

export class ReadingText {
  private readonly timer: ReturnType<typeof setInterval>;
  private etag: string;
  private waiting: Rendered | null = null;

  constructor(
    private readonly text: HTMLElement,
    private readonly offer: HTMLElement,
    private readonly address: string,
    etag: string,
    seconds: number,
  ) {
    this.etag = etag;
    this.timer = setInterval(() => void this.look(), seconds * 1000);
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (document.visibilityState === "hidden") return;
    const found = await fetchText(this.address, this.waiting?.etag ?? this.etag);
    if (found === null || found === "same") return;
    if (found.mayWrite) {
      this.end();
      this.say(this.offer.dataset["writable"] ?? "You may write this section now.", "Open it for writing", () => {
        window.location.reload();
      });
      return;
    }
    this.waiting = found;
    this.say(this.offer.dataset["words"] ?? "There is newer text.", this.offer.dataset["button"] ?? "Show it", () => {
      if (this.waiting === null) return;
      this.text.replaceChildren(...this.waiting.nodes);
      this.etag = this.waiting.etag;
      this.waiting = null;
      this.offer.replaceChildren();
    });
  }

  private say(words: string, label: string, pressed: () => void): void {
    if (this.offer.dataset["said"] === words && this.offer.childElementCount > 0) return;
    this.offer.dataset["said"] = words;
    this.offer.replaceChildren(`${words} `, button(label, "govuk-button govuk-button--secondary newer-button", pressed));
  }
}
