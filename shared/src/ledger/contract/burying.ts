import { expect, test } from "vitest";
import type { Bench } from "../contract.ts";
import { BROADCAST, claimRange, makePage, NO_COUNTS, plan, ROOT } from "./steps.ts";

export function describeBurying(bench: Bench): void {
  test("a range is tried again a few times and then closed as dead", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    expect(await ledger.buryRange(ROOT, 2, 700)).toBe("again");
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ state: "open", deaths: 1, unreadAbout: 0 }]);
    expect(await ledger.buryRange(ROOT, 2, 600)).toBe("again");
    expect(await ledger.buryRange(ROOT, 2, 500)).toBe("dead");
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ state: "dead", unreadAbout: 500 }]);
    expect(await ledger.claimRange(ROOT)).toEqual({ kind: "closed" });
    expect((await ledger.books(BROADCAST)).unresolvedAbout).toBe(500);
  });

  test("a dead range is left alone", async () => {
    const { ledger } = bench();
    await ledger.openRoot(BROADCAST);
    await ledger.buryRange(ROOT, 0, 5);
    const before = await ledger.ranges(BROADCAST);
    expect(await ledger.buryRange(ROOT, 0, 9)).toBe("left-alone");
    expect(await ledger.ranges(BROADCAST)).toEqual(before);
  });

  test("a leased, a closed and a missing range are left alone", async () => {
    const { ledger } = bench();
    expect(await ledger.buryRange(ROOT, 0, 5)).toBe("left-alone");
    const epoch = await plan(ledger, [1]);
    const leased = await ledger.ranges(BROADCAST);
    expect(await ledger.buryRange(ROOT, 0, 5)).toBe("left-alone");
    expect(await ledger.ranges(BROADCAST)).toEqual(leased);
    expect(await ledger.closeRange(ROOT, epoch, NO_COUNTS)).toBe("done");
    const closed = await ledger.ranges(BROADCAST);
    expect(await ledger.buryRange(ROOT, 0, 5)).toBe("left-alone");
    expect(await ledger.ranges(BROADCAST)).toEqual(closed);
  });

  test("a range whose holder died is buried with what it had read, and the late holder is fenced", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [2]);
    await advance(timing.leaseMs);
    expect(await ledger.buryRange(ROOT, 0, 40)).toBe("dead");
    expect(await ledger.addPage(ROOT, epoch, makePage([1], { from: "cursor-2" }))).toBe("fenced");
    expect(await ledger.closeRange(ROOT, epoch, NO_COUNTS)).toBe("fenced");
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ state: "dead", cursor: "cursor-2", made: 1 }]);
    expect(await ledger.books(BROADCAST)).toMatchObject({ resolved: 2, open: 2, unresolvedAbout: 40 });
  });

  test("a range that is to be tried again is hinted at and goes on from its cursor", async () => {
    const { ledger, advance, timing } = bench();
    const epoch = await plan(ledger, [2]);
    await ledger.releaseRange(ROOT, epoch, timing.neverClaimedMs * 10);
    expect(await ledger.buryRange(ROOT, 3, 40)).toBe("again");
    await advance(timing.leaseMs);
    expect(await ledger.hints(10)).toEqual([{ kind: "range", id: ROOT }]);
    expect((await claimRange(ledger)).range).toMatchObject({ cursor: "cursor-2", made: 1, deaths: 1 });
  });

  test("a range that was cut can die too", async () => {
    const { ledger } = bench();
    const epoch = await plan(ledger, []);
    await ledger.cutRange(ROOT, epoch, ["m"]);
    await ledger.releaseRange(ROOT, epoch, 0);
    expect(await ledger.buryRange(ROOT, 0, 7)).toBe("dead");
    const states = (await ledger.ranges(BROADCAST)).map(({ state }) => state);
    expect(states).toEqual(["dead", "open", "open"]);
  });
}
