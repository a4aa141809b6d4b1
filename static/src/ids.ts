// Ids of items: ten characters of a-z and 0-9, drawn once and kept for the item's life.

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
export const ID = /^[a-z0-9]{10}$/;

export function newId(): string {
  const drawn: string[] = [];
  while (drawn.length < 10) {
    for (const byte of crypto.getRandomValues(new Uint8Array(16))) {
      // 252 is the largest multiple of 36 in a byte: beyond it the first letters would come more often.
      if (byte < 252 && drawn.length < 10) drawn.push(ALPHABET.charAt(byte % 36));
    }
  }
  return drawn.join("");
}
