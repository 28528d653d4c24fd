import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";
import { compareUtf8, cutUtf8, fitsUtf8, utf8Length } from "./utf8.ts";

/** Characters of one to four bytes, the last of each length and those around the surrogates among them. */
const character = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  fc.constantFrom(
    "\u007f",
    "\u0080",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{10000}",
    "\u{10FFFF}",
  ),
);
const unicode = fc.array(character, { maxLength: 12 }).map((all) => all.join(""));
/** Halves of pairs as well. */
const any = fc.array(fc.oneof(character, fc.constantFrom("\ud83d", "\ude00"))).map((all) => all.join(""));

test("a text is as long as Node's bytes of it", () => {
  const property = fc.property(any, fc.nat(40), (text, bytes) => {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    expect(fitsUtf8(text, bytes)).toBe(Buffer.byteLength(text) <= bytes);
  });
  fc.assert(property, { numRuns: 500 });
});

test("texts are in the order of Node's bytes of them", () => {
  const property = fc.property(unicode, unicode, unicode, (start, one, other) => {
    const [a, b] = [start + one, start + other];
    expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
  });
  fc.assert(property, { numRuns: 500 });
});

test("a cut text is the longest start that fits and cuts no character", () => {
  const property = fc.property(unicode, fc.nat(20), (text, most) => {
    const cut = cutUtf8(text, most);
    const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
    expect(text.startsWith(cut) && cut.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
    if (cut !== text) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(most);
  });
  fc.assert(property);
});

test("a hash is Node's, of any text", () => {
  const property = fc.property(any, (text) => {
    expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
  });
  fc.assert(property);
});
