// What the page tells the editor, from the data attributes of #editor (templates/sections/write.html).
// Nothing here is a right: the server decides, for every message.

export interface Facts {
  readonly plan: string;
  readonly section: string;
  readonly document: string;
  readonly title: string;
  /** The kind of item this section holds, or null. */
  readonly item: ItemKind | null;
  readonly linksTo: readonly string[];
  readonly name: string;
  readonly role: string;
  readonly schema: number;
  readonly live: string;
  readonly token: string;
  readonly items: string;
  /** Address of the section as plain HTML without a page around it. */
  readonly text: string;
}

export type ItemKind = "need" | "outcome" | "provision";

const KINDS: readonly string[] = ["need", "outcome", "provision"];

export function isItemKind(word: string): word is ItemKind {
  return KINDS.includes(word);
}

export function readFacts(element: HTMLElement): Facts {
  const data = element.dataset;
  const plan = data["plan"] ?? "";
  const section = data["section"] ?? "";
  const item = data["item"] ?? "";
  return {
    plan,
    section,
    document: data["document"] ?? `${plan}/${section}`,
    title: data["title"] ?? `Section ${section}`,
    item: isItemKind(item) ? item : null,
    linksTo: (data["linksTo"] ?? "").split(/\s+/).filter((label) => label !== ""),
    name: data["name"] ?? "",
    role: data["role"] ?? "",
    schema: Number(data["schema"] ?? "0"),
    live: data["live"] ?? "/live",
    token: data["token"] ?? "/api/live-token",
    items: data["items"] ?? `/api/plans/${plan}/items`,
    text: data["text"] ?? `/plans/${plan}/sections/${section}/text`,
  };
}

/** The label of the n-th item of a section: B3, and H1-2 where the section's own label ends in a number. */
export function itemLabel(section: string, number: number): string {
  return /\d$/.test(section) ? `${section}-${number}` : `${section}${number}`;
}
