// Drafting in private and sending: what the other side sees, said before anything is sent.

import { confirmBox, tell } from "../dialogs";
import { button, element } from "../elements";
import type { Working } from "./facts";
import type { Server } from "./server";

export class TurnBox {
  private readonly place = element("span");
  private readonly box = element("div", { class: "app-rl-turn", hidden: true });

  constructor(
    switches: HTMLElement,
    before: HTMLElement,
    working: Working,
    private readonly server: Server,
    private readonly changed: () => void,
  ) {
    switches.append(this.place);
    before.before(this.box);
    // The page of the server said it for the moment at which it was loaded.
    for (const stale of document.querySelectorAll<HTMLElement>(".app-rl-turn")) if (stale !== this.box) stale.hidden = true;
    this.heard(working);
  }

  heard(working: Working): void {
    const { mine, theirs } = working.turn;
    const isPrivate = mine === "private";
    const sentences = [
      ...(isPrivate ? ["Your side drafts in private: the other side does not see what you write until you send it."] : []),
      ...(theirs === "private" ? ["The other side drafts in private. You see what they sent last."] : []),
    ];
    this.box.hidden = sentences.length === 0;
    this.box.classList.toggle("app-rl-turn--private", isPrivate);
    this.box.replaceChildren(...sentences.map((words) => element("p", { class: "govuk-body-s" }, words)));
    const mayTurn = working.me.may_propose && working.me.side !== null;
    const made = isPrivate ? button("Send our changes", "govuk-button", this.send) : button("Draft in private", "rl-switch", this.draft);
    this.place.replaceChildren(...(mayTurn && !isPrivate ? [made] : []));
    if (mayTurn && isPrivate) this.box.append(made);
  }

  private readonly draft = (): void => {
    confirmBox("Draft in private?", "From now on the other side does not see what your side writes. They keep seeing what is there now. When you are ready, choose \u201cSend our changes\u201d.", "Draft in private", () => { this.turn("private"); });
  };

  private readonly send = (): void => {
    confirmBox("Send our changes?", "The other side then sees every proposal your side has written in private, with who wrote it. It cannot be unsent.", "Send them", () => { this.turn("send"); });
  };

  private turn(to: "private" | "send"): void {
    void this.server.turn(to).then((answer) => {
      if (answer.ok) this.changed();
      else tell("That did not work", answer.sentence);
    });
  }
}
