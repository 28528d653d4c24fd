import type { Suspect, Verdict } from "@fanfare/shared/domain/answers";
import { describe, expect, test } from "vitest";
import { type Breaker, type Class, createBreaker } from "./breaker.ts";
import { createTrust } from "./trust.ts";

const GOOD: Verdict = { kind: "accepted" };
const GONE: Verdict = { kind: "rejected", code: "UNREGISTERED" };
const UNSURE: Verdict = { kind: "retry", unsure: true };
const NOT_PROCESSED: Verdict = { kind: "retry", unsure: false };
const LIMIT: Verdict = { kind: "retry", unsure: false, afterMs: 60_000, limit: "unknown" };
const PAGE: Verdict = { kind: "retry", unsure: true, page: true };
const NO_TOKEN: Verdict = { kind: "credential", reason: "invalid_grant" };
const against = (suspect: Suspect): Verdict => ({
  kind: "suspicion",
  against: suspect,
  says: "400 says FCM",
});

const SUSPECTS: Suspect[] = ["content", "credential", "key", "project", "device"];
const PLATFORMS: Class[] = ["android", "ios", "web", undefined];

const create = (accepts: string[] = []) =>
  createBreaker({ trust: createTrust(() => 0), endpoint: "https://fcm.test", accepts: new Set(accepts) });

/** Takes every place there is, and says how many. */
function fill(breaker: Breaker, platform?: Class): number {
  let taken = 0;
  while (breaker.enter(platform) === null) taken += 1;
  return taken;
}

/** Sends one message after the other, with these answers. */
function answer(breaker: Breaker, verdicts: Iterable<Verdict>, platform?: Class): void {
  for (const verdict of verdicts) {
    expect(breaker.enter(platform)).toBeNull();
    breaker.note(platform, verdict);
  }
}

/** The number of the answer that trips it, from 1; 0 for none. */
function tripsAt(verdicts: Iterable<Verdict>, breaker = create(), platform?: Class): number {
  let number = 0;
  for (const verdict of verdicts) {
    number += 1;
    void breaker.enter(platform);
    breaker.note(platform, verdict);
    if (breaker.fault) return number;
  }
  return 0;
}

const times = (count: number, verdict: Verdict): Verdict[] => Array(count).fill(verdict);

describe("room in flight", () => {
  test.each<[string, Verdict, number]>([
    ["an accepted message", GOOD, 1],
    ["a dead address", GONE, 0],
    ["a message that got lost", UNSURE, 1],
    ["a message that FCM never processed", NOT_PROCESSED, 0],
    ["a limit that is reached", LIMIT, 0],
  ])("begins small, and %s adds its part", (_, verdict, growth) => {
    const breaker = create();
    answer(breaker, times(20, verdict));
    expect(fill(breaker)).toBe(8 + 20 * growth);
  });

  test("is not added to by the answer of something that is not FCM", () => {
    const breaker = create();
    answer(breaker, [GOOD, ...times(20, PAGE)]);
    expect(fill(breaker)).toBe(9);
  });

  test.each(SUSPECTS)("is taken back, but for one place, where answers against the %s grow", (suspect) => {
    const roomAfter = (refused: number) => {
      const breaker = create();
      answer(breaker, times(500, GOOD));
      for (let one = 0; one < 18; one++) void breaker.enter(undefined);
      for (let one = 0; one < refused; one++) breaker.note(undefined, against(suspect));
      return fill(breaker);
    };
    expect(roomAfter(7), "the place of a few odd members is free again").toBe(500 + 8 - 11);
    expect([8, 12, 17, 18].map(roomAfter), "none makes way for the next").toEqual([0, 0, 0, 1]);
  });

  test.each(SUSPECTS)("is there among answers of which a third speaks against the %s", async (suspect) => {
    const breaker = create();
    const inFlight: (() => void)[] = [];
    let left = 3_000;
    const send = async (): Promise<void> => {
      while (left-- > 0) {
        await breaker.enter(undefined);
        await new Promise<void>((answered) => inFlight.push(answered));
        breaker.note(undefined, left % 3 === 2 ? against(suspect) : GOOD);
      }
    };
    let over = false;
    void Promise.all(Array.from({ length: 300 }, send)).then(() => {
      over = true;
    });
    let turns = 0;
    for (; !over; turns++) {
      await new Promise(setImmediate);
      for (const answered of inFlight.splice(0)) answered();
    }
    expect(breaker.fault).toBeNull();
    expect(turns, "it doubles, and then everybody is in flight at each turn").toBeLessThan(30);
  });

  test("is each platform's own", () => {
    const breaker = create();
    answer(breaker, times(5, GOOD), "android");
    expect(PLATFORMS.map((platform) => fill(breaker, platform))).toEqual([13, 8, 8, 8]);
  });

  test("doubles with each round trip, so that a chunk takes seven and then nothing waits", () => {
    const breaker = create();
    const rounds: number[] = [];
    for (let left = 500; left > 0; ) {
      const sent = Math.min(left, fill(breaker));
      rounds.push(sent);
      // The place that the last question waits for is among them.
      for (let one = 0; one < sent; one++) breaker.note(undefined, GOOD);
      left -= sent;
      breaker.leave(undefined);
    }
    expect(rounds.length).toBeLessThanOrEqual(7);
    expect(rounds.slice(0, 3)).toEqual([8, 16, 32]);
  });

  test("goes to whoever has waited longest, and a place that was given back unused counts", async () => {
    const breaker = create();
    fill(breaker);
    const order: number[] = [];
    const waiters = [1, 2, 3].map((number) => breaker.enter(undefined)?.then(() => order.push(number)));
    breaker.leave(undefined);
    breaker.leave(undefined);
    await Promise.resolve();
    await Promise.resolve();
    expect(order).toEqual([1]);
    breaker.note(undefined, GOOD);
    await Promise.all(waiters);
    expect(order).toEqual([1, 2, 3]);
  });

  test("does not limit what waits once there is a fault: all wake up to see it, on every platform", async () => {
    const breaker = create();
    for (const platform of PLATFORMS) fill(breaker, platform);
    const waiters = PLATFORMS.map((platform) => breaker.enter(platform));
    breaker.note("ios", NO_TOKEN);
    await Promise.all(waiters);
    expect(breaker.enter("android")).toBeNull();
  });
});

describe("an odd answer", () => {
  test.each(SUSPECTS)("against the %s holds nothing up among others, wherever it comes", (suspect) => {
    for (const before of [0, 1, 7, 500]) {
      const verdicts = [...times(before, GOOD), against(suspect), ...times(500, GOOD)];
      expect(tripsAt(verdicts)).toBe(0);
    }
  });

  test("of a device, or of another project, is that member's at once", () => {
    const breaker = create();
    expect(breaker.isDecided("ios", "SENDER_ID_MISMATCH")).toBe(true);
    expect(breaker.isDecided("ios", "THIRD_PARTY_AUTH_ERROR")).toBe(true);
  });

  test("against the content is the member's once its platform has accepted one of the broadcast", () => {
    const breaker = create();
    answer(breaker, [GOOD], "android");
    expect(breaker.isDecided("android", "CONTENT_REFUSED")).toBe(true);
    expect(breaker.isDecided("ios", "CONTENT_REFUSED")).toBe(false);
    breaker.learn("ios");
    expect(breaker.isDecided("ios", "CONTENT_REFUSED"), "as the ledger says").toBe(true);
    expect(fill(breaker, "ios"), "and no more are in flight for that").toBe(8);
  });

  test("against the credential is decided by no answer to others: the token may have run out just now", () => {
    const breaker = create();
    answer(breaker, times(500, GOOD));
    expect(breaker.isDecided(undefined, "CREDENTIAL_REFUSED")).toBe(false);
  });

  test.each(["dead", "unsure"])("is decided by no %s address", (kind) => {
    const breaker = create();
    answer(breaker, times(7, kind === "dead" ? GONE : UNSURE));
    expect(breaker.isDecided(undefined, "CONTENT_REFUSED")).toBe(false);
  });
});

describe("a fault", () => {
  test.each<[Suspect, number]>([
    ["content", 8],
    ["credential", 8],
    ["key", 8],
    ["project", 32],
    ["device", 32],
  ])("of the %s trips at the first answers, all of them refusals: %i", (suspect, count) => {
    expect(tripsAt(times(100, against(suspect)))).toBe(count);
    const among = times(100, against(suspect)).flatMap((one) => [GONE, UNSURE, LIMIT, NOT_PROCESSED, one]);
    expect(tripsAt(among), "answers that say nothing hide nothing").toBe(count * 5);
  });

  test.each(SUSPECTS)(
    "of the %s trips 32 messages after it began, whatever was accepted before",
    (suspect) => {
      for (const before of [1, 100_000])
        expect(tripsAt([...times(before, GOOD), ...times(100, against(suspect))])).toBe(before + 32);
    },
  );

  test.each<Suspect>(["content", "key"])(
    "of one platform's %s costs as little beside another's good",
    (suspect) => {
      const breaker = create();
      answer(breaker, times(500, GOOD), "android");
      expect(tripsAt(times(100, against(suspect)), breaker, "ios")).toBe(8);
    },
  );

  test("of a platform that was accepted in an earlier claim takes a wave", () => {
    const breaker = create();
    breaker.learn(undefined);
    expect(tripsAt(times(100, against("content")), breaker)).toBe(32);
  });

  test("of the credential is one for all broadcasts of the process", () => {
    const trust = createTrust(() => 0);
    const many = Array.from({ length: 10 }, () => createBreaker({ trust, endpoint: "" }));
    const tripped = many.map((breaker) => tripsAt([against("credential")], breaker));
    expect(tripped).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
  });

  test("is the first there was, and a token that is not to be had is one at once", () => {
    const breaker = create();
    answer(breaker, [GOOD, NO_TOKEN, ...times(40, against("content"))]);
    expect(breaker.fault).toEqual({
      kind: "credential",
      reason: "invalid_grant",
      doubts: "CREDENTIAL_REFUSED",
    });
  });

  test.each<[Suspect, Class, RegExp, string]>([
    ["content", "ios", /messages to iOS devices: 400 says FCM/, "CONTENT_REFUSED"],
    ["device", "web", /messages to browsers: 400 says FCM/, "CONTENT_REFUSED"],
    ["credential", "android", /does not take the credential: 400 says FCM/, "CREDENTIAL_REFUSED"],
    ["key", "ios", /iOS devices: 400 says FCM.*key in the Firebase console/, "THIRD_PARTY_AUTH_ERROR"],
    ["project", undefined, /SENDER_ID_MISMATCH .*FANFARE_FCM_PROJECT.*credential/, "SENDER_ID_MISMATCH"],
  ])("of the %s says what to look at, and whom not to believe", (suspect, platform, reason, doubts) => {
    const breaker = create();
    tripsAt(times(100, against(suspect)), breaker, platform);
    expect(breaker.fault?.reason).toMatch(reason);
    expect(breaker.fault?.doubts).toBe(doubts);
  });

  test("that a person has accepted is none: whom FCM refuses is rejected", () => {
    const breaker = create(["CONTENT_REFUSED"]);
    expect(tripsAt(times(100, against("content")), breaker)).toBe(0);
    expect(breaker.isDecided(undefined, "CONTENT_REFUSED")).toBe(true);
    expect(fill(breaker)).toBe(8);
    expect(tripsAt(times(100, against("key")), breaker), "another is one").toBe(8);
  });
});

describe("something that is not FCM", () => {
  test("is found out by its first eight answers, and by nothing in between but FCM's own", () => {
    expect(tripsAt(times(100, PAGE))).toBe(8);
    expect(tripsAt(times(100, PAGE).flatMap((page) => [UNSURE, NOT_PROCESSED, page]))).toBe(24);
  });

  test.each([GOOD, GONE, LIMIT, against("content")])(
    "is not what answers once in a while beside FCM: %j",
    (own) => {
      expect(tripsAt([...times(7, PAGE), own, ...times(100, PAGE)])).toBe(0);
    },
  );

  test("is not an outage", () => {
    expect(tripsAt(times(1_000, UNSURE))).toBe(0);
  });

  test("is named by where it answers", () => {
    const breaker = create();
    tripsAt(times(8, PAGE), breaker);
    expect(breaker.fault).toEqual({
      kind: "endpoint",
      reason: expect.stringMatching(/what answers at https:\/\/fcm\.test is not FCM.*FANFARE_FCM_ENDPOINT/),
    });
  });
});
