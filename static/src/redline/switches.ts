// What a person sets for themselves on the working page, remembered on this device: tint, carets, keys.

import { caretsAreOn, switchCarets } from "../persons";
import { button } from "../elements";

const TINT = "alongside-redline-tint";
const KEYS = "alongside-redline-keys";

function isOn(name: string): boolean {
  return localStorage.getItem(name) !== "off";
}

export function keysAreOn(): boolean {
  return isOn(KEYS);
}

function showTint(root: HTMLElement): void {
  for (const text of root.querySelectorAll(".app-rl-text")) text.classList.toggle("app-rl-colour", isOn(TINT));
  root.classList.toggle("app-rl-colour", isOn(TINT));
}

/** The switches, each a button that says what is on now. */
export function switchesFor(root: HTMLElement): HTMLElement[] {
  showTint(root);
  return [
    toggle("Colour", () => isOn(TINT), (on) => {
      localStorage.setItem(TINT, on ? "on" : "off");
      showTint(root);
    }),
    toggle("Other people\u2019s cursors", caretsAreOn, switchCarets),
    toggle("Shortcut keys", keysAreOn, (on) => { localStorage.setItem(KEYS, on ? "on" : "off"); }),
  ];
}

function toggle(words: string, now: () => boolean, set: (on: boolean) => void): HTMLElement {
  const made = button("", "rl-switch", () => {
    set(!now());
    show();
  });
  const show = () => {
    made.setAttribute("aria-pressed", String(now()));
    made.textContent = `${words} ${now() ? "on" : "off"}`;
  };
  show();
  return made;
}
