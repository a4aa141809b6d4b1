// Plan home: keeps "who is here now" current. Quiet: it is a place to look, not an announcement.

import { askServer } from "./asking";
import { element } from "./elements";

interface Presence {
  readonly summary: string;
  readonly people: readonly { readonly sentence: string }[];
  readonly sections: Readonly<Record<string, number>>;
}

export function watchPresence(card: HTMLElement): void {
  const address = card.dataset["presenceUrl"];
  if (address === undefined) return;
  const look = async () => {
    if (document.visibilityState === "hidden") return;
    const answer = await askServer(address, { background: true });
    if (answer?.ok === true) show(card, (await answer.json()) as Presence);
  };
  setInterval(() => void look(), Number(card.dataset["seconds"] ?? "10") * 1000);
  document.addEventListener("visibilitychange", () => void look());
}

function show(card: HTMLElement, presence: Presence): void {
  write(card.querySelector<HTMLElement>("[data-presence-summary]"), presence.summary);
  const list = card.querySelector("[data-presence-list]");
  const sentences = presence.people.map((person) => person.sentence);
  if (list !== null && [...list.children].map((row) => row.textContent).join("\n") !== sentences.join("\n"))
    list.replaceChildren(...sentences.map((sentence) => element("li", {}, sentence)));
  for (const place of document.querySelectorAll<HTMLElement>("[data-presence-section]")) {
    const count = presence.sections[place.dataset["presenceSection"] ?? ""] ?? 0;
    write(place, count === 0 ? "" : `${count} ${count === 1 ? "person" : "people"} here`);
  }
}

function write(place: HTMLElement | null, words: string): void {
  if (place !== null && place.textContent !== words) place.textContent = words;
}
