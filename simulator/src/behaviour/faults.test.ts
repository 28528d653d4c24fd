import { expect, test } from "vitest";
import { changeFaults } from "./check-faults.ts";
import { NO_FAULTS, pickDelayMs, pickFault } from "./faults.ts";
import { hashAddress } from "./hash.ts";
import { NO_SHARES } from "./natures.ts";

test("each fault comes as often as asked for", () => {
  const before = { error429: 0.1, error500: 0.05, error503: 0.1, error503After: 0.1, drop: 0.05 };
  const chances = {
    ...before,
    refuse: 0.05,
    abort: 0.03,
    stall: 0.04,
    stallBody: 0.02,
    goaway: 0.06,
    page: 0.07,
  };
  const faults = { ...NO_FAULTS, ...chances };
  const counts: Record<string, number> = {};
  const draws = 50_000;
  for (let i = 0; i < draws; i++) {
    const fault = pickFault(faults, hashAddress("s", `address-${i}`), 1) ?? "none";
    counts[fault] = (counts[fault] ?? 0) + 1;
  }
  for (const [fault, chance] of Object.entries({ ...chances, none: 0.33 })) {
    expect(Math.abs((counts[fault] ?? 0) / draws - chance), fault).toBeLessThan(0.01);
  }
});

test("attempts are drawn apart, and after the last faulty one all is well", () => {
  const faults = { ...NO_FAULTS, error500: 0.5 };
  const first = Array.from({ length: 500 }, (_, i) => pickFault(faults, hashAddress(1, `a-${i}`), 1));
  const second = Array.from({ length: 500 }, (_, i) => pickFault(faults, hashAddress(1, `a-${i}`), 2));
  expect(second).not.toEqual(first);
  const certain = { ...NO_FAULTS, error500: 1 };
  expect([1, 2, 3, 4, 5].map((attempt) => pickFault(certain, 7, attempt))).toEqual([
    "error500",
    "error500",
    "error500",
    undefined,
    undefined,
  ]);
});

test("latency stays around its mean and never below 0", () => {
  const faults = { ...NO_FAULTS, latency: { meanMs: 30, jitterMs: 50 } };
  const delays = Array.from({ length: 2000 }, (_, i) => pickDelayMs(faults, hashAddress(1, `a-${i}`), 1));
  expect(Math.min(...delays)).toBe(0);
  expect(Math.max(...delays)).toBeGreaterThan(75);
  expect(Math.max(...delays)).toBeLessThanOrEqual(80);
  expect(delays.every(Number.isInteger)).toBe(true);
});

test("a partial change keeps the rest", () => {
  const change = changeFaults(
    { ...NO_FAULTS, error500: 0.1, latency: { meanMs: 5, jitterMs: 2 } },
    { latency: { meanMs: 80 }, shares: { dead: 0.2 }, quotaPerMinute: 100 },
  );
  expect(change).toEqual({
    kind: "changed",
    faults: {
      ...NO_FAULTS,
      error500: 0.1,
      latency: { meanMs: 80, jitterMs: 2 },
      shares: { ...NO_SHARES, dead: 0.2 },
      quotaPerMinute: 100,
    },
  });
});

test.each([
  [{ error503: 1.5 }, "error503"],
  [{ error503: "0.5" }, "error503"],
  [{ error503: Number.NaN }, "error503"],
  [{ eror503: 0.5 }, "eror503"],
  [{ toString: 0.5 }, "toString"],
  [{ shares: { dead: -0.1 } }, "shares.dead"],
  [{ shares: { ded: 0.1 } }, "shares.ded"],
  [{ shares: 0.5 }, "shares"],
  [{ shares: { limited: 0.6, bareInvalid: 0.6 } }, "shares"],
  [{ page: 0.6, drop: 0.6 }, "drop + page"],
  [{ pageStatus: 200 }, "pageStatus"],
  [{ wrongDead: 2 }, "wrongDead"],
  [{ payloadFaultFor: true }, "payloadFaultFor"],
  [{ keyFaultFor: [":ios"] }, "keyFaultFor"],
  [{ shares: { dead: 0.6, foreign: 0.6 } }, "shares"],
  [{ latency: { meanMs: -1 } }, "latency.meanMs"],
  [{ dropConnection: 1 }, "dropConnection"],
  [{ stall: 0.6, goaway: 0.6 }, "stall + goaway"],
  [{ garble: 2 }, "garble"],
  [{ authorization: { tokens: "a" } }, "authorization.tokens"],
  [{ authorization: { tokens: [1] } }, "authorization.tokens"],
  [{ authorization: { withoutRights: null } }, "authorization.withoutRights"],
  [{ authorization: { messages: -1 } }, "authorization.messages"],
  [{ maxConcurrentStreams: 0.5 }, "maxConcurrentStreams"],
  [{ maxFaultyAttempts: 1.5 }, "maxFaultyAttempts"],
  [{ quotaPerMinute: -5 }, "quotaPerMinute"],
  [{ error503: null }, "error503"],
  [{ error503: 0.6, drop: 0.6 }, "error503 + drop"],
  [[], "faults"],
  [null, "faults"],
])("%j is refused, naming %s", (patch, field) => {
  expect(changeFaults(NO_FAULTS, patch)).toMatchObject({ kind: "refused", field });
});
