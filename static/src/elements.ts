// Making elements: text goes in as text, attributes by name, and nothing is ever parsed as markup.

type Child = Node | string;
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element with attributes (false and undefined are left out, true is the empty string) and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** A plain button with words, never a submit. */
export function button(words: string, classes: string, pressed: (event: MouseEvent) => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: classes }, words);
  made.addEventListener("click", pressed);
  return made;
}

export function hidden(words: string): HTMLSpanElement {
  return element("span", { class: "govuk-visually-hidden" }, words);
}

export function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}
