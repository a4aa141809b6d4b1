// What a person sets for themselves on the working page, remembered on this device: tint, carets, keys.

import { caretsAreOn, switchCarets } from "../persons";
import { button, element } from "../elements";

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

/** The switches in a menu to open, each a button that says what is on now. */
export function switchesFor(root: HTMLElement): HTMLElement {
  showTint(root);
  const menu = element("details", { class: "app-rl-show" }, element("summary", {}, "Show"), element("div", { class: "app-rl-show__menu" }, ...switches(root)));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}

function switches(root: HTMLElement): HTMLElement[] {
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
