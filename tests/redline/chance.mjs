// Random values from a seed, so that a failure can be played again.

const WORDS = ["may", "will", "😀", "once a week", "é", "👩‍👧", "\n", "where possible ", "x", " ", "1:1", "中文", "a\ud83d"];

export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
  const upTo = (most) => Math.floor(next() * (most + 1));
  const pick = (list) => list[upTo(list.length - 1)];
  return { next, upTo, pick, words: () => pick(WORDS) };
}
