import { expect, test } from "vitest";
import type { ContractIntake } from "../contract.ts";
import { EVER, makeDocumentId, makeMember, namesOf } from "./members.ts";

const RACES = 6;
export function describeEnding(opened: () => ContractIntake): void {
  const join = (...request: Parameters<typeof makeMember>) => opened().intake.join(makeMember(...request));

  test("those that wait come the longest waiting first, by when they were last joined", async () => {
    const { intake, other, advance } = opened();
    for (const [name, print] of [
      ["a", "p"],
      ["b", "p"],
      ["c", "q"],
      ["d", "r"],
    ] as const) {
      await join(name, 0, 3, { print });
      await advance(1_000);
    }
    await join("x", 0, 1);
    await join("a", 1, 3, { print: "p" });
    const waiting = await other.waiting(EVER, 5);
    expect(waiting.map((batch) => namesOf(batch)[0])).toEqual(["b0", "c0", "d0", "a0"]);
    expect(waiting[3]).toEqual(await intake.batchOf(makeDocumentId("a1")));
    expect(await intake.waiting(EVER, 2)).toEqual(waiting.slice(0, 2));
    expect(await intake.waiting(waiting[1]?.joinedAt ?? 0, 5)).toEqual(waiting.slice(0, 2));
    expect(await intake.waiting((waiting[0]?.joinedAt ?? 0) - 1, 5)).toEqual([]);
    await join("c", 1, 3, { print: "q" });
    await join("c", 2, 3, { print: "q" });
    expect((await intake.waiting(EVER, 5)).map((batch) => namesOf(batch)[0])).toEqual(["b0", "d0", "a0"]);
  });

  test("nobody joins a batch that was given up, and those in it stay", async () => {
    const { intake, other } = opened();
    const { key } = await join("a", 0, 2);
    expect(await other.giveUp(key)).toBe("given-up");
    expect(await intake.giveUp(key)).toBe("given-up");
    const given = await join("a", 0, 2);
    expect(given).toMatchObject({ key, state: "given-up", documents: { 0: makeDocumentId("a0") } });
    const next = await join("a", 1, 2);
    expect(next).toMatchObject({ state: "waiting", documents: { 1: makeDocumentId("a1") } });
    expect(await intake.batchOf(makeDocumentId("a0"))).toEqual(given);
  });

  test("a batch that was given up is on the list until it is closed, and given up for good", async () => {
    const { intake, other, advance } = opened();
    const { key } = await join("a", 0, 2);
    await advance(1_000);
    const { key: next } = await join("b", 0, 2);
    await intake.close(key);
    await intake.giveUp(key);
    const given = { key, state: "given-up" };
    expect(await other.waiting(EVER, 5)).toMatchObject([given, { key: next, state: "waiting" }]);
    await Promise.all([other.close(key), intake.close(key)]);
    await intake.close(key);
    expect(await other.waiting(EVER, 5)).toMatchObject([{ key: next }]);
    expect(await intake.giveUp(key)).toBe("given-up");
    expect(await join("a", 0, 2)).toMatchObject({ ...given, documents: { 0: makeDocumentId("a0") } });
    await join("b", 1, 2);
    await intake.close(next);
    await intake.close("nothing");
    expect(await intake.batchOf(makeDocumentId("b0"))).toMatchObject({ key: next, state: "complete" });
    expect(await intake.waiting(EVER, 5)).toEqual([]);
  });

  test("a batch that is complete is so for good", async () => {
    await join("a", 0, 2);
    const whole = await join("a", 1, 2);
    expect(await opened().intake.giveUp(whole.key)).toBe("complete");
    expect(await opened().intake.batchOf(makeDocumentId("a0"))).toEqual(whole);
  });

  test("one that nobody knows is given up", async () => {
    expect(await opened().intake.giveUp("nothing")).toBe("given-up");
  });

  test("giving up and the last that joins agree, whoever comes first", async () => {
    const { intake, other } = opened();
    const races = Array.from({ length: RACES }, async (_, race) => {
      const [name, print] = [`r${race}-`, `p${race}`];
      const { key } = await join(name, 0, 2, { print });
      const last = makeMember(name, 1, 2, { print });
      const giving = race % 3 === 0 ? intake.giveUp(key) : undefined;
      const joining = (race % 2 === 0 ? other : intake).join(last);
      const [joined, answer] = await Promise.all([joining, giving ?? intake.giveUp(key)]);
      expect(await other.batchOf(last.document)).toEqual(joined);
      const first = await other.batchOf(makeDocumentId(`${name}0`));
      expect(first).toMatchObject({ key, state: answer });
      if (answer === "complete") expect(joined).toEqual(first);
      else {
        expect(namesOf(first)).toEqual([`${name}0`]);
        expect(joined).toMatchObject({ state: "waiting", documents: { 1: last.document } });
      }
    });
    await Promise.all(races);
  });
}
