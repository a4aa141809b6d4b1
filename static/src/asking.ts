// Requests to our own server, and nowhere else: with the session cookie, the token against cross-site requests, and a
// word on whether anybody is at the keyboard, so that an abandoned page does not keep its person signed in.

const IDLE_AFTER_MS = 5 * 60_000;
const SIGNS_OF_LIFE = ["keydown", "pointerdown", "input", "wheel", "touchstart"];

let idleAfter = IDLE_AFTER_MS;
let lastSeen = performance.now();
for (const name of SIGNS_OF_LIFE) {
  window.addEventListener(
    name,
    () => {
      lastSeen = performance.now();
    },
    { passive: true, capture: true },
  );
}

export function isSomebodyHere(): boolean {
  return performance.now() - lastSeen < idleAfter;
}

/** Where a sign-in ends soon for want of use, nobody counts as being here for long: the warning must have its time. */
export function signInLasts(milliseconds: number): void {
  idleAfter = Math.min(IDLE_AFTER_MS, milliseconds / 3);
}

/** The token against cross-site requests, from the page's head. */
function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
}

/** A request; `background` ones never count as use of the sign-in. Null when the server cannot be reached. */
export async function askServer(
  address: string,
  options: { method?: "GET" | "POST" | "DELETE"; background?: boolean; headers?: Record<string, string>; body?: string } = {},
): Promise<Response | null> {
  const { method = "GET", background = false, headers = {}, body } = options;
  const sent: Record<string, string> = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (method !== "GET") sent["X-CSRF-Token"] = csrfToken();
  if (background || !isSomebodyHere()) sent["X-Idle"] = "1";
  try {
    return await fetch(address, { method, headers: sent, credentials: "same-origin", cache: "no-store", ...(body === undefined ? {} : { body }) });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
