// The writing tools: one stop of the Tab key, arrow keys inside it (ARIA toolbar pattern), words on every button.

import type { Command, EditorState } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { element } from "./elements";
import { icon } from "./icons";

export interface Tool {
  readonly id: string;
  readonly words: string;
  /** A letter to show where icons.ts has no drawing. */
  readonly sign?: string;
  readonly keys?: string;
  readonly run: (view: EditorView) => void;
  /** For tools that are on or off at the caret. */
  readonly isOn?: (state: EditorState) => boolean;
  readonly isPossible?: (state: EditorState) => boolean;
}

/** A tool out of a ProseMirror command. */
export function commandTool(parts: Omit<Tool, "run" | "isPossible"> & { command: Command }): Tool {
  return {
    ...parts,
    run: (view) => {
      parts.command(view.state, view.dispatch.bind(view), view);
    },
    isPossible: (state) => parts.command(state),
  };
}

export class Toolbar {
  private readonly buttons = new Map<HTMLButtonElement, Tool>();
  private current: HTMLButtonElement | null = null;

  constructor(
    private readonly place: HTMLElement,
    groups: readonly (readonly Tool[])[],
    private readonly view: EditorView,
  ) {
    const parts = groups.map((tools) => element("div", { class: "tools" }, ...tools.map((tool) => this.make(tool))));
    place.replaceChildren(...parts);
    place.hidden = false;
    place.addEventListener("keydown", this.onKey);
    this.roveTo(this.buttons.keys().next().value ?? null);
    this.refresh();
  }

  private make(tool: Tool): HTMLButtonElement {
    const sign = element("span", { class: "tool-sign", "aria-hidden": "true" }, icon(tool.id) ?? tool.sign ?? "");
    const made = element("button", { type: "button", class: `tool tool-${tool.id}`, tabindex: "-1" }, sign, element("span", { class: "tool-words" }, tool.words));
    if (tool.keys !== undefined) made.setAttribute("aria-keyshortcuts", tool.keys);
    // The caret and the phone's keyboard stay where they are when a tool is pressed.
    made.addEventListener("pointerdown", (event) => { event.preventDefault(); });
    made.addEventListener("mousedown", (event) => { event.preventDefault(); });
    made.addEventListener("click", () => {
      this.roveTo(made);
      if (made.getAttribute("aria-disabled") === "true" || !this.view.editable) return;
      tool.run(this.view);
      this.refresh();
    });
    this.buttons.set(made, tool);
    return made;
  }

  refresh(): void {
    const { state } = this.view;
    for (const [made, tool] of this.buttons) {
      const isPossible = tool.isPossible?.(state) ?? true;
      put(made, "aria-disabled", isPossible ? null : "true");
      if (tool.isOn !== undefined) put(made, "aria-pressed", tool.isOn(state) ? "true" : "false");
    }
  }

  /** Puts the keyboard's focus on the tools, for Shift+Tab out of the text. */
  focus(): void {
    this.current?.focus();
  }

  end(): void {
    this.place.removeEventListener("keydown", this.onKey);
    this.place.replaceChildren();
    this.place.hidden = true;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const all = [...this.buttons.keys()];
    const here = this.current === null ? 0 : all.indexOf(this.current);
    const steps: Record<string, number> = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.roveTo(all[(step + all.length) % all.length] ?? null);
    this.current?.focus();
  };

  private roveTo(next: HTMLButtonElement | null): void {
    for (const made of this.buttons.keys()) made.tabIndex = made === next ? 0 : -1;
    this.current = next;
  }
}

function put(made: HTMLElement, name: string, value: string | null): void {
  if (made.getAttribute(name) === value) return;
  if (value === null) made.removeAttribute(name);
  else made.setAttribute(name, value);
}
