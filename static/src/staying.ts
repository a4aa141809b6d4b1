// Two minutes before a sign-in ends for want of use, asks whether the person is still there. Somebody who is typing is
// never asked. It says that words are saved only where the save line says so.

import { askServer, isSomebodyHere } from "./asking";
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

export function watchSignIn(): void {
  let box: HTMLDialogElement | null = null;

  const plan = (wait: number) => {
    setTimeout(() => void look(), Math.max(1_000, Math.min(wait, 2 ** 30)));
  };
  const look = async () => {
    const left = await timeLeft();
    if (left === "over") {
      box?.close();
      return;
    }
    if (left === null) plan(LOOK_AGAIN_MS);
    else if (left > NOTICE_MS + 1_000) {
      box?.close();
      plan(left - NOTICE_MS);
    } else if (isSomebodyHere()) await stay();
    else {
      box ??= ask(left);
      plan(Math.max(5_000, Math.min(left, 20_000)));
    }
  };
  const stay = async () => {
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
    const leave = button("Sign out", "govuk-button govuk-button--secondary", () => form?.requestSubmit());
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
