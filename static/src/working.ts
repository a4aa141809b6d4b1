// The page of a section in dispute: finds its place, then hands over.

import { byId } from "./elements";
import { watchScreen } from "./phone";
import { WorkingPage } from "./redline/working";
import { SaveLine } from "./savestatus";

const root = byId("working");
if (root?.dataset["url"] !== undefined) {
  watchScreen();
  void new WorkingPage(root, new SaveLine()).open();
}
