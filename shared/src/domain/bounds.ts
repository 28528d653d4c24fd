import { compareUtf8 } from "./utf8.ts";

/**
 * Text about halfway between two texts, in the order of their UTF-8 bytes: greater than `low`, at most `high`.
 * Pure interpolation, so it assumes nothing about how what lies between is spread: what the two have in common is
 * kept, and the few characters behind it are read as digits and halved. Returns `high` where nothing shorter fits.
 */
export function between(low: string, high: string): string {
  let common = 0;
  while (common < low.length && low[common] === high[common]) common++;
  const middle = high.slice(0, common) + halve(low.slice(common), high.slice(common));
  return isBefore(low, middle) && !isBefore(high, middle) ? middle : high;
}

/** Characters read as one number: six of seven bits stay well within a double's 53. */
const DIGITS = 6;
const BASE = 128;

function halve(low: string, high: string): string {
  let middle = Math.floor((toNumber(low) + toNumber(high)) / 2);
  let text = "";
  for (let digit = 0; digit < DIGITS; digit++) {
    text = String.fromCharCode(middle % BASE) + text;
    middle = Math.floor(middle / BASE);
  }
  return text;
}

function toNumber(text: string): number {
  let value = 0;
  // Beyond ASCII every character counts as the last digit: coarse, and still in order.
  for (let digit = 0; digit < DIGITS; digit++)
    value = value * BASE + Math.min(text.charCodeAt(digit) || 0, BASE - 1);
  return value;
}

/** Whether one text comes before another in the order of their UTF-8 bytes, which is the stores' order. */
export function isBefore(a: string, b: string): boolean {
  return compareUtf8(a, b) < 0;
}
