// Small questions in a real <dialog>: focus goes in and comes back, Escape closes, nothing is asked by prompt().

import { button, element, hidden } from "./elements";

export interface Choice {
  readonly words: string;
  readonly isWarning?: boolean;
  readonly isDisabled?: boolean;
  readonly chosen: () => void;
}

/** A dialog with a heading and whatever else; it is taken away when it closes. */
export function open(title: string, ...content: readonly (Node | string)[]): HTMLDialogElement {
  const heading = element("h2", { class: "govuk-heading-m", id: "dialog-title" }, title);
  const box = element("dialog", { class: "box", "aria-labelledby": "dialog-title" }, heading, ...content);
  const before = document.activeElement;
  box.addEventListener("close", () => {
    box.remove();
    if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body)
      before.focus({ preventScroll: true });
  });
  document.body.append(box);
  box.showModal();
  return box;
}

/** A title and a column of buttons; the last one closes without doing anything. */
export function choose(title: string, choices: readonly Choice[]): void {
  const list = element("div", { class: "box-choices" });
  const box = open(title, list);
  for (const choice of choices) {
    const classes = `govuk-button ${choice.isWarning === true ? "govuk-button--warning" : "govuk-button--secondary"}`;
    const made = button(choice.words, classes, () => {
      box.close();
      choice.chosen();
    });
    made.disabled = choice.isDisabled === true;
    list.append(made);
  }
  const close = button("Close", "govuk-button govuk-button--secondary box-close", () => { box.close(); });
  list.append(close);
  const safe = choices.findIndex((choice) => choice.isDisabled !== true && choice.isWarning !== true);
  (list.querySelectorAll("button")[safe] ?? close).focus();
}

/** Somebody else's words are not taken from under their hands. */
export function sayBusy(again: () => void): void {
  choose("Somebody is writing there", [{ words: "Try again", chosen: again }]);
}

/** Says something; there is nothing to choose. */
export function tell(title: string, sentence: string): void {
  const box = open(title, element("p", { class: "govuk-body" }, sentence));
  const close = button("Close", "govuk-button govuk-button--secondary box-close", () => { box.close(); });
  box.append(element("div", { class: "box-row" }, close));
  close.focus();
}

export function confirmBox(title: string, sentence: string, yes: string, confirmed: () => void): void {
  const box = open(title, element("p", { class: "govuk-body" }, sentence));
  const agree = button(yes, "govuk-button govuk-button--warning", () => {
    box.close();
    confirmed();
  });
  const stay = button("Keep it", "govuk-button govuk-button--secondary", () => { box.close(); });
  box.append(element("div", { class: "box-row" }, stay, agree));
  stay.focus();
}

/** Asks for one line of text; `check` gives a sentence when it will not do. `remove` offers to take it away. */
export function ask(
  question: { title: string; label: string; hint: string; value: string; yes: string },
  check: (value: string) => string | null,
  given: (value: string) => void,
  remove: Choice | null,
): void {
  const input = element("input", { class: "govuk-input", id: "dialog-input", type: "text", autocomplete: "off", "aria-describedby": "dialog-hint dialog-error" });
  input.value = question.value;
  const error = element("p", { class: "govuk-error-message", id: "dialog-error", role: "alert" });
  const form = element(
    "form",
    { class: "govuk-form-group", novalidate: true },
    element("label", { class: "govuk-label", for: "dialog-input" }, question.label),
    element("p", { class: "govuk-hint", id: "dialog-hint" }, question.hint),
    error,
    input,
  );
  const box = open(question.title, form);
  const row = element("div", { class: "box-row" }, element("button", { type: "submit", class: "govuk-button" }, question.yes));
  if (remove !== null) {
    const takeAway = button(remove.words, "govuk-button govuk-button--secondary", () => {
      box.close();
      remove.chosen();
    });
    row.append(takeAway);
  }
  row.append(button("Close", "govuk-button govuk-button--secondary", () => { box.close(); }));
  form.append(row);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const trouble = check(input.value.trim());
    if (trouble !== null) {
      error.replaceChildren(hidden("Error: "), trouble);
      input.classList.add("govuk-input--error");
      input.focus();
      return;
    }
    box.close();
    given(input.value.trim());
  });
  input.focus();
  input.select();
}

export interface Option {
  readonly value: string;
  readonly words: string;
  readonly isChecked: boolean;
}

/** A list of checkboxes; `given` receives the values that are ticked when the person says yes. */
export function tick(title: string, hint: string, options: readonly Option[], yes: string, given: (values: string[]) => void): void {
  const boxes: HTMLInputElement[] = [];
  const rows = options.map((option, index) => {
    const input = element("input", { class: "govuk-checkboxes__input", type: "checkbox", id: `dialog-tick-${index}`, value: option.value });
    input.checked = option.isChecked;
    boxes.push(input);
    const label = element("label", { class: "govuk-label govuk-checkboxes__label", for: input.id }, option.words);
    return element("div", { class: "govuk-checkboxes__item" }, input, label);
  });
  const list = element("div", { class: "govuk-checkboxes govuk-checkboxes--small box-ticks" }, ...rows);
  const set = element("fieldset", { class: "govuk-fieldset" }, element("legend", { class: "govuk-hint" }, hint), list);
  const box = open(title, set);
  const agree = button(yes, "govuk-button", () => {
    box.close();
    given(boxes.filter((one) => one.checked).map((one) => one.value));
  });
  box.append(element("div", { class: "box-row" }, agree, button("Close", "govuk-button govuk-button--secondary", () => { box.close(); })));
  (boxes[0] ?? agree).focus();
}
