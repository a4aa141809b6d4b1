// Counting words the way a person would, for "14 words kept on this device".

const WORD = /[\p{L}\p{N}]+(?:['’.,\-/][\p{L}\p{N}]+)*/gu;

export function countWords(text: string): number {
  return text.match(WORD)?.length ?? 0;
}

/** "1 word", "14 words". */
export function inWords(count: number): string {
  return count === 1 ? "1 word" : `${count} words`;
}
