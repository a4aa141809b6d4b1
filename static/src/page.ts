// Every page: GOV.UK Frontend's behaviour, presence on a plan's home, newer text for readers, wider spacing, and a
// warning before a sign-in ends. A page without any of these works as it is.

import { byId } from "./elements";
import { watchPresence } from "./homepresence";
import { forgetAllKept, KeptWords } from "./kept";
import { KeptPanel } from "./keptpanel";
import { ReadingText } from "./reading";
import { offerSpacing } from "./spacing";
import { watchSignIn } from "./staying";

interface GovukFrontend {
  initAll(): void;
}

async function startGovukFrontend(address: string): Promise<void> {
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  const frontend = (await import(address)) as GovukFrontend;
  frontend.initAll();
}

function readNewerText(): void {
  const text = byId("section-text");
  const offer = byId("newer-text");
  const address = text?.dataset["url"];
  if (text === null || offer === null || address === undefined) return;
  new ReadingText(text, offer, address, text.dataset["etag"] ?? "", Number(text.dataset["seconds"] ?? "10"));
  const [, plan, section] = /\/plans\/([^/]+)\/sections\/([^/]+)\/text/.exec(address) ?? [];
  if (plan !== undefined && section !== undefined) new KeptPanel(new KeptWords(`${plan}/${section}`), text).show(false);
}

const govuk = document.body.dataset["govuk"];
if (govuk !== undefined) void startGovukFrontend(govuk);

for (const card of document.querySelectorAll<HTMLElement>("[data-presence-url]")) watchPresence(card);
readNewerText();
offerSpacing(document.querySelector(".app-footer__help") ?? document.querySelector("footer"));

const signOut = document.querySelector("form[action='/sign-out']");
if (signOut !== null) {
  signOut.addEventListener("submit", () => {
    forgetAllKept();
  });
  watchSignIn();
}
