// The history of a section: a slider over every moment, and who wrote the words that are selected. The page works
// without it; it only fetches what the links of the page lead to.

import { askServer } from "./asking";
import { byId } from "./elements";

const PAUSE_MS = 150;
const WHEN = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "Europe/London",
});

interface Step {
  readonly seq: number;
  readonly words: string;
}

/** "22 November 2026 at 10:42", as the server says it. */
function moment(seconds: number): string {
  const parts = new Map(WHEN.formatToParts(new Date(seconds * 1000)).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  return `${part("day")} ${part("month")} ${part("year")} at ${part("hour")}:${part("minute")}`;
}

function readSteps(text: string): Step[] {
  return text
    .split(",")
    .map((one) => one.split(":").map(Number))
    .flatMap(([seq, seconds]) => (seq === undefined || seconds === undefined ? [] : [{ seq, words: moment(seconds) }]));
}

class Slider {
  private readonly range = document.createElement("input");
  private readonly output = document.createElement("output");
  private waiting: ReturnType<typeof setTimeout> | null = null;
  private asked = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly shown: HTMLElement,
    private readonly steps: readonly Step[],
    at: number,
  ) {
    const label = document.createElement("label");
    label.htmlFor = this.range.id = "history-range";
    label.textContent = "Move to any moment";
    this.range.type = "range";
    this.range.min = "0";
    this.range.max = String(steps.length - 1);
    this.range.step = "1";
    this.output.htmlFor.add(this.range.id);
    this.moveTo(at);
    this.range.addEventListener("input", () => {
      this.say();
      this.later();
    });
    place.append(label, this.range, this.output);
    place.hidden = false;
  }

  private get step(): Step | undefined {
    return this.steps[Number(this.range.value)];
  }

  private moveTo(at: number): void {
    const place = this.steps.findIndex(({ seq }) => seq >= at);
    this.range.value = String(place < 0 ? this.steps.length - 1 : place);
    this.say();
  }

  private say(): void {
    const words = this.step?.words ?? "";
    this.range.setAttribute("aria-valuetext", words);
    this.output.textContent = `${words} (${Number(this.range.value) + 1} of ${this.steps.length})`;
  }

  private later(): void {
    if (this.waiting !== null) clearTimeout(this.waiting);
    this.waiting = setTimeout(() => void this.fetch(), PAUSE_MS);
  }

  private async fetch(): Promise<void> {
    const step = this.step;
    if (step === undefined) return;
    const turn = ++this.asked;
    const query = new URLSearchParams(window.location.search);
    query.delete("from");
    query.delete("done");
    query.set("at", String(step.seq));
    const answer = await askServer(`${this.place.dataset["url"] ?? ""}?${query}`, { headers: { Accept: "text/html" } });
    if (answer === null || turn !== this.asked) return;
    if (!answer.ok) {
      this.output.textContent = "This moment cannot be shown now. Load the page again.";
      return;
    }
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== this.asked) return;
    this.shown.replaceChildren(...parsed.body.childNodes);
    window.history.replaceState(null, "", `${this.place.dataset["page"] ?? ""}?${query}`);
    this.markLine(step.seq);
    const said = byId("history-said");
    const how = this.shown.querySelector(".app-hist-sum")?.textContent ?? "";
    if (said !== null) said.textContent = `Showing ${step.words}. ${how}`;
  }

  /** The time line shows where we are. */
  private markLine(seq: number): void {
    for (const one of document.querySelectorAll<HTMLElement>(".app-hist-line__step")) {
      const here = Number(one.dataset["first"]) <= seq && seq <= Number(one.dataset["last"]);
      one.classList.toggle("app-hist-line__step--now", here);
      const link = one.querySelector("a");
      if (here) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
    }
  }
}

/** Says who wrote the selected words: the passages they are in tell it, in lines that stand under them. */
function tellHands(): void {
  const asked = byId("hands-asked");
  const text = document.querySelector<HTMLElement>("[data-hands]");
  const selection = document.getSelection();
  if (asked === null || text === null) return;
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) {
    asked.replaceChildren();
    return;
  }
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(text)) return;
  const found = new Map<string, string[]>();
  for (const run of text.querySelectorAll<HTMLElement>("[data-by]")) {
    if (!range.intersectsNode(run)) continue;
    const words = wordsWithin(range, run);
    if (words.trim() === "") continue;
    const by = run.dataset["by"] ?? "";
    found.set(by, [...(found.get(by) ?? []), words.trim()]);
  }
  asked.replaceChildren(
    ...[...found].map(([by, words]) => {
      const line = document.createElement("div");
      const quote = words.join(" … ");
      line.textContent = `“${quote.length > 120 ? `${quote.slice(0, 118)}…` : quote}”: ${by}`;
      return line;
    }),
  );
}

function wordsWithin(range: Range, run: HTMLElement): string {
  const part = document.createRange();
  part.selectNodeContents(run);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) part.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) part.setEnd(range.endContainer, range.endOffset);
  return part.toString();
}

const place = byId("history-slider");
const shown = byId("history-moment");
if (place !== null && shown !== null) {
  const steps = readSteps(place.dataset["steps"] ?? "");
  if (steps.length > 1) new Slider(place, shown, steps, Number(place.dataset["at"]));
  let waiting: ReturnType<typeof setTimeout> | null = null;
  document.addEventListener("selectionchange", () => {
    if (waiting !== null) clearTimeout(waiting);
    waiting = setTimeout(tellHands, PAUSE_MS);
  });
}
