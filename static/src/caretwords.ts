// Finds the place for the words of somebody's caret where they hide the least text: above the caret when there is room
// between two blocks, else behind the end of the line, else wherever least is covered, and then without the role.

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const BLOCKS = "p, h3, h4, .field-text, td, th";
const IS_SHORT = "is-short";
const GAP = 4;

export function placeWords(caret: HTMLElement): void {
  const words = caret.querySelector<HTMLElement>(".caret-words");
  const editor = caret.closest<HTMLElement>(".ProseMirror");
  if (words === null || editor === null) return;
  words.classList.remove(IS_SHORT);
  const edge = editor.getBoundingClientRect();
  let best = leastHidden(caret, words, edge);
  if (best.hidden > 0) {
    words.classList.add(IS_SHORT);
    best = leastHidden(caret, words, edge);
  }
  const at = caret.getBoundingClientRect();
  words.style.setProperty("--words-left", `${Math.round(best.box.left - at.left)}px`);
  words.style.setProperty("--words-top", `${Math.round(best.box.top - at.top)}px`);
}

function leastHidden(caret: HTMLElement, words: HTMLElement, edge: DOMRect): { box: Box; hidden: number } {
  const at = caret.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = words;
  const block = caret.closest<HTMLElement>(BLOCKS);
  const own = block === null ? [] : textBoxes(block);
  const lineEnd = own.filter((box) => box.top < at.bottom && box.bottom > at.top).reduce((end, box) => Math.max(end, box.right), at.right);
  const boxAt = (left: number, top: number): Box => {
    const inside = Math.max(edge.left, Math.min(left, edge.right - width));
    return { left: inside, top, right: inside + width, bottom: top + height };
  };
  const middle = (at.top + at.bottom - height) / 2;
  const above = at.top - height;
  const places = [boxAt(at.left, above), boxAt(lineEnd + GAP, middle), boxAt(at.left - width, above), boxAt(at.left, at.bottom), boxAt(at.left - width, at.bottom)];
  const text = [...own, ...places.flatMap((box) => [...blocksUnder(box)].filter((other) => other !== block).flatMap(textBoxes))];
  let best = { box: boxAt(at.left, above), hidden: Number.POSITIVE_INFINITY };
  for (const box of places) {
    const hidden = text.reduce((sum, other) => sum + overlap(box, other), 0);
    if (hidden < best.hidden) best = { box, hidden };
  }
  return best;
}

function blocksUnder(box: Box): Set<HTMLElement> {
  const found = new Set<HTMLElement>();
  for (const along of [box.left + 2, (box.left + box.right) / 2, box.right - 2])
    for (const down of [box.top + 1, box.bottom - 1]) {
      const block = document.elementFromPoint(along, down)?.closest<HTMLElement>(BLOCKS);
      if (block !== null && block !== undefined) found.add(block);
    }
  return found;
}

/** Where the letters of a block are, without those of carets. */
function textBoxes(block: HTMLElement): Box[] {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest(".caret") === null ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT,
  );
  const range = document.createRange();
  const found: Box[] = [];
  while (walker.nextNode() !== null) {
    range.selectNodeContents(walker.currentNode);
    found.push(...range.getClientRects());
  }
  return found;
}

/** How much of the text's height and width is under the words, in square pixels; touching is not hiding. */
function overlap(one: Box, other: Box): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom - 3) - Math.max(one.top, other.top + 3);
  return width > 0 && height > 0 ? width * height : 0;
}
