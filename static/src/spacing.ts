// Wider spacing between letters, words and lines, for people who read more easily that way. Remembered on this device.

import { button } from "./elements";

const KEY = "alongside-spacing";
const CLASS = "wide-spacing";

export function offerSpacing(place: HTMLElement | null): void {
  const isWide = () => localStorage.getItem(KEY) === "wide";
  const apply = () => {
    document.documentElement.classList.toggle(CLASS, isWide());
    toggle.setAttribute("aria-pressed", String(isWide()));
  };
  const toggle = button("Wider spacing", "spacing-switch", () => {
    localStorage.setItem(KEY, isWide() ? "normal" : "wide");
    apply();
  });
  place?.append(toggle);
  apply();
}
