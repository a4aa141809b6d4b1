// Where cards stand: beside their words on a wide window, as near as the cards before them let them be; on a narrow one
// in a gap after their paragraph. Never over the text. Pure arithmetic.

export interface Boxed {
  /** Where its words are. */
  readonly wanted: number;
  readonly height: number;
}

const APART = 12;

/** The top of each card, in the order of their words. The one in use stands level with its words. */
export function stacked(cards: readonly Boxed[], current: number | null): number[] {
  const tops = cards.map((card) => card.wanted);
  const start = current ?? 0;
  for (let place = start + 1; place < cards.length; place += 1) {
    tops[place] = Math.max(cards[place]?.wanted ?? 0, (tops[place - 1] ?? 0) + (cards[place - 1]?.height ?? 0) + APART);
  }
  for (let place = start - 1; place >= 0; place -= 1) {
    tops[place] = Math.min(cards[place]?.wanted ?? 0, (tops[place + 1] ?? 0) - (cards[place]?.height ?? 0) - APART);
  }
  if ((tops[0] ?? 0) >= 0) return tops;
  let free = 0;
  return cards.map((card, place) => {
    const top = Math.max(tops[place] ?? 0, free);
    free = top + card.height + APART;
    return top;
  });
}
