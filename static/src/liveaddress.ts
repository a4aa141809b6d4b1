/** Where a plan's live connection goes. The plan in it is a hint to proxy and server: people of one plan meet in one place. */
export function liveAddress(path: string, plan: string): string {
  const address = new URL(path, window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.searchParams.set("plan", plan);
  return address.href;
}
