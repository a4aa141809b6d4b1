// Two minutes before a sign-in ends for want of use, asks whether the person is still there. Somebody who is typing is
// never asked. It says that words are saved only where the save line says so.

import { askServer, isSomebodyHere, signInLasts } from "./asking";
import { button, byId, element } from "./elements";

const NOTICE_MS = 2 * 60_000;
const LOOK_AGAIN_MS = 60_000;
const ME = "/api/me";
const KEEP = "/api/session/keep";

/** Milliseconds until the sign-in ends by the server's clock; null when that cannot be known now. */
async function timeLeft(): Promise<number | null | "over"> {
  const answer = await askServer(ME, { background: true });
  if (answer?.status === 401) return "over";
  if (answer?.ok !== true) return null;
  const { ends_at: endsAt } = (await answer.json()) as { ends_at?: unknown };
  if (typeof endsAt !== "string") return null;
  const now = Date.parse(answer.headers.get("Date") ?? "");
  return Date.parse(endsAt) - (Number.isNaN(now) ? Date.now() : now);
}

function isSaved(): boolean {
  return byId("save-status")?.dataset["state"] === "saved";
}

/** Signing out forgets what is kept on this device: it waits until nothing is. */
function whenSaved(then: () => void): void {
  const line = byId("save-status");
  const isDone = () => line === null || line.dataset["state"] === "saved" || line.dataset["state"] === "closed";
  if (line === null || isDone()) {
    then();
    return;
  }
  const watch = new MutationObserver(() => {
    if (!isDone()) return;
    watch.disconnect();
    then();
  });
  watch.observe(line, { attributes: true });
}

export function watchSignIn(): void {
  let box: HTMLDialogElement | null = null;
  let longest = 0;
  let hasTried = false;

  const plan = (wait: number) => {
    setTimeout(() => void look(), Math.max(1_000, Math.min(wait, 2 ** 30)));
  };
  const look = async () => {
    const left = await timeLeft();
    if (left === "over") {
      box?.close();
      return;
    }
    if (left === null) {
      plan(LOOK_AGAIN_MS);
      return;
    }
    longest = Math.max(longest, left);
    signInLasts(longest);
    const notice = Math.min(NOTICE_MS, (longest * 2) / 3);
    if (left > notice + 1_000) {
      hasTried = false;
      box?.close();
      plan(left - notice);
    } else if (isSomebodyHere() && !hasTried) await stay();
    else {
      box ??= ask(left);
      plan(Math.max(5_000, Math.min(left, 20_000)));
    }
  };
  // Asked once: a sign-in that does not grow longer by being used is at its end, and that must be said too.
  const stay = async () => {
    hasTried = true;
    await askServer(KEEP, { method: "POST" });
    plan(5_000);
  };
  const ask = (left: number): HTMLDialogElement => {
    const minutes = Math.max(1, Math.round(left / 60_000));
    const made = element(
      "dialog",
      { class: "box", "aria-labelledby": "staying-title" },
      element("h2", { class: "govuk-heading-m", id: "staying-title" }, "Are you still there?"),
      element("p", { class: "govuk-body" }, `You will be signed out in about ${minutes === 1 ? "1 minute" : `${minutes} minutes`}.${isSaved() ? " What you wrote is saved." : ""}`),
    );
    const form = document.querySelector<HTMLFormElement>("form[action='/sign-out']");
    const remain = button("Stay signed in", "govuk-button", () => {
      made.close();
      void stay();
    });
    const leave = button(byId("save-status") === null ? "Sign out" : "Save and sign out", "govuk-button govuk-button--secondary", () => {
      whenSaved(() => form?.requestSubmit());
    });
    made.append(element("div", { class: "box-row" }, remain, leave));
    made.addEventListener("close", () => {
      made.remove();
      box = null;
    });
    document.body.append(made);
    made.showModal();
    return made;
  };
  plan(1_000);
}
