// Leaving a section that was shown live: what others wrote meanwhile was seen, and is no news the next time. Only while
// the page was connected; a page that lost its connection has not shown what came since.

import { byId } from "./elements";

export function tellWhenLeft(address: string): void {
  const leave = (): void => {
    const state = byId("save-status")?.dataset["state"];
    const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content;
    if (token === undefined || (state !== "saved" && state !== "saving")) return;
    const headers = { "X-CSRF-Token": token, "X-Idle": "1" };
    fetch(address, { method: "POST", headers, credentials: "same-origin", keepalive: true }).catch(() => undefined);
  };
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
}
