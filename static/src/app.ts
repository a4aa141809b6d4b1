// The writing page: finds its places, then hands over to the session.

import { byId } from "./elements";
import { readFacts } from "./facts";
import { KeptWords, whenSigningOut } from "./kept";
import { KeptPanel } from "./keptpanel";
import { tellWhenLeft } from "./looked";
import { watchScreen } from "./phone";
import { SaveLine } from "./savestatus";
import { Session } from "./session";
import { caretSwitch } from "./tools";

const editor = byId("editor");
const toolbar = byId("toolbar");
if (editor !== null && toolbar !== null) {
  const facts = readFacts(editor);
  const kept = new KeptWords(facts.document);
  whenSigningOut(() => { kept.leave(); });
  watchScreen();
  if (editor.dataset["looked"] !== undefined) tellWhenLeft(editor.dataset["looked"]);
  byId("caret-switch")?.replaceChildren(caretSwitch());
  new Session(facts, { editor, toolbar }, new SaveLine(), kept, new KeptPanel(kept)).start();
}
