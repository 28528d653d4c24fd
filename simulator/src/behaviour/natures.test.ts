import { expect, test } from "vitest";
import { hashText, toUnit } from "./hash.ts";
import { markAddress, NATURES, NO_SHARES, natureOf } from "./natures.ts";

const NONE = NO_SHARES;

function createRandom(seed: string): () => number {
  let count = 0;
  return () => toUnit(hashText(String(count++), hashText(seed)));
}

test.each(["fine", ...NATURES] as const)("a minted %s address is that, under any seed", (nature) => {
  const random = createRandom("mint");
  for (let i = 0; i < 200; i++) {
    const address = markAddress(nature, random);
    expect(natureOf(address, i, NONE)).toBe(nature);
    if (nature !== "malformed") expect(address).toMatch(/^[\w:-]+$/);
  }
});

test.each(["", "short", "seven77", "has a space", "tab\tinside", "ümlaut-address", "line\nbreak-address"])(
  "%j is malformed by its form",
  (address) => {
    expect(natureOf(address, 1, NONE)).toBe("malformed");
  },
);

test("shares hold over many addresses, and the same seed says the same", () => {
  const shares = { dead: 0.05, foreign: 0.01, malformed: 0.005 };
  const counts = { ...NONE, fine: 0 };
  for (let i = 0; i < 100_000; i++) {
    const nature = natureOf(`address-${i}`, "seed", shares);
    expect(natureOf(`address-${i}`, "seed", shares)).toBe(nature);
    counts[nature]++;
  }
  expect(counts.dead).toBeGreaterThan(4_700);
  expect(counts.dead).toBeLessThan(5_300);
  expect(counts.foreign).toBeGreaterThan(880);
  expect(counts.foreign).toBeLessThan(1_120);
  expect(counts.malformed).toBeGreaterThan(420);
  expect(counts.malformed).toBeLessThan(580);
});

test("a share of each nature is that nature's", () => {
  const shares = { ...NONE, notForTopic: 0.02, withoutKey: 0.01, limited: 0.03 };
  const counts = { ...NONE, fine: 0 };
  for (let i = 0; i < 100_000; i++) counts[natureOf(`address-${i}`, "seed", shares)]++;
  for (const nature of NATURES)
    expect(Math.abs(counts[nature] / 100_000 - shares[nature]), nature).toBeLessThan(0.003);
});

test("another seed chooses other addresses", () => {
  const shares = { ...NONE, dead: 0.5 };
  const addresses = Array.from({ length: 1000 }, (_, i) => `address-${i}`);
  const differing = addresses.filter((a) => natureOf(a, 1, shares) !== natureOf(a, 2, shares));
  expect(differing.length).toBeGreaterThan(400);
  expect(differing.length).toBeLessThan(600);
});
