// Text in UTF-16 code units, never cutting a pair; and the cleaning of foreign text. Twin of sections/redline/units.py.

// eslint-disable-next-line no-control-regex -- these are the characters to take out
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/gu;

/** The text with control characters and broken pairs shown as U+FFFD, unit for unit; line feed and tab stay. */
export function clean(text: string): string {
  return text.replace(UNSAFE, "\ufffd");
}

/** The text with every kind of line break as a line feed. */
export function oneLineBreak(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

/** The offset moved into the text, and down to the beginning of a character it would cut. */
export function snap(text: string, offset: number): number {
  const within = Math.min(Math.max(offset, 0), text.length);
  return insidePair(text, within) ? within - 1 : within;
}

/** The offset moved into the text, and up to the end of a character it would cut. */
export function snapUp(text: string, offset: number): number {
  const within = Math.min(Math.max(offset, 0), text.length);
  return insidePair(text, within) ? within + 1 : within;
}

/** The smallest change that makes `now` of `old`, for a shared text: at an offset, take units out, put words in. */
export function smallestChange(old: string, now: string): { at: number; remove: number; insert: string } | null {
  if (old === now) return null;
  const most = Math.min(old.length, now.length);
  let at = 0;
  while (at < most && old.charCodeAt(at) === now.charCodeAt(at)) at++;
  at = Math.min(snap(old, at), snap(now, at));
  let same = 0;
  while (same < most - at && old.charCodeAt(old.length - 1 - same) === now.charCodeAt(now.length - 1 - same)) same++;
  if (insidePair(old, old.length - same) || insidePair(now, now.length - same)) same--;
  return { at, remove: old.length - same - at, insert: now.slice(at, now.length - same) };
}

function insidePair(text: string, offset: number): boolean {
  if (offset <= 0 || offset >= text.length) return false;
  const before = text.charCodeAt(offset - 1);
  const after = text.charCodeAt(offset);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
