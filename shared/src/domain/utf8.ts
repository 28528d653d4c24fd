/**
 * Texts by their UTF-8 bytes, which is how FCM counts them and stores order them, without making the bytes: browsers have
 * no `Buffer`, and an audience is compared address by address.
 */

/** How many bytes a text takes in UTF-8. Half of a surrogate pair counts as U+FFFD, which is written in its place. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A pair is two units and four bytes, any other unit beyond U+07FF three bytes.
    if (isPairAt(text, at, unit)) at += 1;
    else if (unit < 0x800) bytes -= 1;
    bytes += 2;
  }
  return bytes;
}

/** Whether a text takes at most this many bytes. A unit is three at most, so that hardly any text is counted. */
export function fitsUtf8(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || (text.length <= bytes && utf8Length(text) <= bytes);
}

/** The longest start of a text that takes at most this many bytes and cuts no character. */
export function cutUtf8(text: string, most: number): string {
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    bytes += utf8Length(character);
    if (bytes > most) return text.slice(0, at);
    at += character.length;
  }
  return text;
}

/** Negative where `a` comes before `b` in the order of their UTF-8 bytes, 0 for the same text. Both are Unicode. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

/** Units of surrogate pairs make characters behind U+FFFF, but their numbers are before U+E000's. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function isPairAt(text: string, at: number, unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
