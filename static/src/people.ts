// Who is in this section now, in words, and who is typing. It is a list to look at or read, not an announcement.

import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { othersIn, personOf, personWords, type Person } from "./persons";
import { byId, element } from "./elements";
import type { Facts } from "./facts";
import { patternsIn } from "./patterns";

const TYPING_MS = 3_000;

export class People {
  private readonly list = byId("people-here");
  private readonly typing = new Map<number, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly facts: Facts,
    private readonly doc: Y.Doc,
    private readonly awareness: Awareness,
  ) {
    doc.on("afterTransaction", this.watchTyping);
    awareness.on("change", this.show);
    this.show();
  }

  end(): void {
    this.doc.off("afterTransaction", this.watchTyping);
    this.awareness.off("change", this.show);
    for (const timer of this.typing.values()) clearTimeout(timer);
    this.list?.replaceChildren();
  }

  private readonly watchTyping = (transaction: Y.Transaction): void => {
    if (transaction.local) return;
    for (const [client, clock] of transaction.afterState) {
      if (clock <= (transaction.beforeState.get(client) ?? 0) || !this.awareness.getStates().has(client)) continue;
      clearTimeout(this.typing.get(client));
      const timer = setTimeout(() => {
        this.typing.delete(client);
        this.show();
      }, TYPING_MS);
      const isNew = !this.typing.has(client);
      this.typing.set(client, timer);
      if (isNew) this.show();
    }
  };

  private readonly show = (): void => {
    const mine = personWords({ name: this.facts.name, role: this.facts.role, colour: "", colourWord: "" });
    let isElsewhere = false;
    const others = new Map<string, { person: Person; isTyping: boolean }>();
    for (const [client, state] of this.awareness.getStates()) {
      const person = client === this.awareness.clientID ? null : personOf(state);
      if (person === null) continue;
      const words = personWords(person);
      if (words === mine) {
        isElsewhere = true;
        continue;
      }
      const isTyping = this.typing.has(client) || others.get(words)?.isTyping === true;
      others.set(words, { person, isTyping });
    }
    const rows = [element("li", { class: "person" }, `You${this.facts.role === "" ? "" : `, ${this.facts.role.toLowerCase()}`}`)];
    if (isElsewhere) rows.push(element("li", { class: "person" }, "You, in another window"));
    const present = othersIn(this.awareness);
    for (const [words, { person, isTyping }] of [...others].sort(([one], [other]) => one.localeCompare(other))) {
      const swatch = element("span", { class: `swatch ${patternsIn(this.awareness).of(person, present)}`, "aria-hidden": "true" });
      swatch.style.setProperty("--person", person.colour);
      rows.push(element("li", { class: "person", translate: "no" }, swatch, words, isTyping ? " (typing)" : ""));
    }
    const isSame = this.list !== null && [...this.list.children].map((row) => row.textContent).join("\n") === rows.map((row) => row.textContent).join("\n");
    if (!isSame) this.list?.replaceChildren(...rows);
  };
}
