// Where words of a layer stood, said so that it can be found again in a fresh copy: in their own proposal if that is
// there still, else behind the same words of the original. Pure.

import type { Place } from "../unsaved";
import type { Spot } from "./acts";
import { offsetOf } from "./anchors";
import type { Board } from "./board";
import { texts } from "./compose";

const FAR = 1_000_000_000;

/** The place of words in this side's proposal, with the words of the original behind which the proposal stands. */
export function placed(board: Board, place: Place): Place {
  const record = board.known().get(`${board.me ?? ""}:${place.item ?? ""}`);
  if (record?.type === "text") return { ...place, spot: { block: record.block, base: record.at } };
  return record?.type === "new" ? { ...place, spot: { block: record.after, base: FAR } } : place;
}

/** Where such words go now; null where nothing is left of their place. */
export function spotOf(board: Board, place: Place): Spot | null {
  const key = `${board.me ?? ""}:${place.item ?? ""}`;
  const part = place.field ?? "wording";
  const own = texts(board.shown()).filter(({ runs = [] }) => runs.some((run) => run.by === key));
  const block = own.find(({ id }) => id.endsWith(`#${part}`)) ?? own[0];
  if (block !== undefined) {
    let offset = 0;
    let end = 0;
    for (const run of block.runs ?? []) {
      offset += run.text.length;
      if (run.by === key) end = offset;
    }
    return { block: block.id, offset: end };
  }
  const { spot } = place;
  if (spot === undefined || board.baseline.places.get(spot.block)?.block.text === undefined) return null;
  return { block: spot.block, offset: offsetOf(spot, board.runs(spot.block)) };
}
