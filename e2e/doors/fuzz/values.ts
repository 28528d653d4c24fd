import fc from "fast-check";
import type { Chance } from "../../chaos/chance.ts";
import type { Json } from "./json.ts";

/** Drawn once, as drawing one takes a while; which of them a request gets is the request's own chance. */
const POOL = 400;

const any = fc.oneof(
  fc.jsonValue({ noUnicodeString: false, depthSize: "small" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.double(),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const pool: Json[] = fc
  .sample(any, { numRuns: POOL, seed: 1 })
  .map((value) => ({ raw: JSON.stringify(value) ?? "null" }));

const NUMBERS = [
  "-1",
  "0",
  "-0",
  "0.5",
  "1e308",
  "1e999",
  "-1e999",
  "9007199254740993",
  "1E400",
  "00",
  "0x1",
  "NaN",
];
const KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "then",
  "toJSON",
  "length",
  "",
];
const CONTROLS = [
  "\u0000",
  "\r\nX-Injected: 1",
  "\u001b[2J",
  "\u0007",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\u007f",
];
const HALVES = ["\ud800", "\udfff", "\udc00\ud800", "a\ud83d", "\ude00b"];

export const anyValue = (chance: Chance): Json => chance.pick(pool);
export const oddNumber = (chance: Chance): Json => ({ raw: chance.pick(NUMBERS) });
export const oddKey = (chance: Chance): string => chance.pick(KEYS);
export const control = (chance: Chance): string => chance.pick(CONTROLS);
export const halfCharacter = (chance: Chance): string => chance.pick(HALVES);

/** Large enough to be over one door's limit or another's; the largest are few, as each takes a while. */
export function hugeText(chance: Chance, secret: string): string {
  const length = chance.is(0.02)
    ? chance.between(1, 12) * 1_000_000
    : chance.pick([600, 1_600, 9_000, 40_000, 80_000]);
  return secret + chance.pick(["x", "é", "\\", "\u0001", "🎉"]).repeat(length / 4);
}

export function deep(chance: Chance, secret: string): Json {
  const levels = chance.pick([5, 20, 31, 32, 33, 200, 7_000]);
  const [open, close] = chance.pick([
    ["[", "]"],
    ['{"a":', "}"],
    [`[{"${secret}":`, "}]"],
  ] as const);
  const ends = chance.is(0.9) ? close.repeat(levels) : "";
  return { raw: open.repeat(levels) + JSON.stringify(secret) + ends };
}

export function wide(chance: Chance, secret: string): Json {
  const count = chance.is(0.05) ? chance.between(1, 8) * 50_000 : chance.pick([10, 1_000, 5_000]);
  const one = chance.pick(["{}", "0", '""', "[]"]);
  if (chance.is(0.5)) return { raw: `[${`${one},`.repeat(count)}${JSON.stringify(secret)}]` };
  const keys = Array.from({ length: count }, (_, index) => `"${secret}${index}":${one}`);
  return { raw: `{${keys.join()}}` };
}
