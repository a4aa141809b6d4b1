// Who else is here, as presence tells it, and whether their carets are shown: the same for the plan and for proposals.

import type { Awareness } from "y-protocols/awareness";

const SWITCH = "alongside-carets";
const OFF = "carets-off";

export interface Person {
  readonly name: string;
  readonly role: string;
  readonly colour: string;
  readonly colourWord: string;
}

/** What presence says of somebody; the server stamped it, so nothing of it is the other page's claim. */
export function personOf(state: unknown): Person | null {
  if (typeof state !== "object" || state === null) return null;
  const user: unknown = (state as { user?: unknown }).user;
  if (typeof user !== "object" || user === null) return null;
  const { name, role, colour, colourWord } = user as Record<string, unknown>;
  if (typeof name !== "string") return null;
  return {
    name,
    role: typeof role === "string" ? role.replaceAll("_", " ") : "",
    colour: typeof colour === "string" && /^#[0-9a-fA-F]{6}$/.test(colour) ? colour : "#484f55",
    colourWord: typeof colourWord === "string" ? colourWord : "",
  };
}

export function personWords(person: Person): string {
  return person.role === "" ? person.name : `${person.name}, ${person.role.toLowerCase()}`;
}

/** Everybody else whose presence is known here. */
export function othersIn(awareness: Awareness): Person[] {
  const found: Person[] = [];
  for (const [client, state] of awareness.getStates()) {
    const person = client === awareness.clientID ? null : personOf(state);
    if (person !== null) found.push(person);
  }
  return found;
}

export function caretsAreOn(): boolean {
  return localStorage.getItem(SWITCH) !== "off";
}

export function switchCarets(isOn: boolean): void {
  localStorage.setItem(SWITCH, isOn ? "on" : "off");
  document.documentElement.classList.toggle(OFF, !isOn);
}
