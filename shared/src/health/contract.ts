import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Health, type Letter, NOTED_EVERY_MS } from "./index.ts";

/** What an opener lends to one test: an installation that no other test sees. */
export interface ContractHealth {
  health: Health;
  /** Moves the store's clock on. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

function makeLetter(messageId: string, fields: Partial<Letter> = {}): Letter {
  return { messageId, subscription: "sender.chunks", reason: `reason of ${messageId}`, ...fields };
}

/** What every driver of the health port has to pass. `open` is called once for each test. */
export function describeHealthContract(name: string, open: () => Promise<ContractHealth>): void {
  describe(`health contract: ${name}`, () => {
    let opened: ContractHealth;
    let health: Health;
    beforeEach(async () => {
      opened = await open();
      health = opened.health;
    });
    afterEach(() => opened.close());

    /** How long ago the last tick was noted, after some time and one more tick. */
    async function ageAfter(ms: number): Promise<number> {
      await opened.advance(ms);
      await health.noteTick();
      return (await health.sinceTick()) ?? Number.NaN;
    }

    test("the last tick's age is known to within ten seconds, and none before the first", async () => {
      expect(await health.sinceTick()).toBeNull();
      expect(await ageAfter(0)).toBeGreaterThanOrEqual(0);
      const grown = await ageAfter(NOTED_EVERY_MS / 2);
      expect(grown).toBeGreaterThanOrEqual(NOTED_EVERY_MS / 2);
      expect(await ageAfter(NOTED_EVERY_MS)).toBeLessThan(grown);
    });

    test("a tick in the future, as of a store's clock that was set back, stands for none now", async () => {
      await health.noteTick();
      await opened.advance(-3_600_000);
      expect(await health.sinceTick()).toBeLessThan(0);
      expect(await ageAfter(0)).toBeGreaterThanOrEqual(0);
    });

    test("several ticks at once are noted as one", async () => {
      await Promise.all([1, 2, 3].map(() => health.noteTick()));
      expect(await ageAfter(1_000)).toBeGreaterThanOrEqual(1_000);
    });

    test("clock steps come the latest first, two of a kind too", async () => {
      expect(await health.clockSteps(10)).toEqual([]);
      const steps = [900_000, -900_000, -900_000].map((stepMs) => ({ service: "sender", stepMs }));
      for (const step of steps) {
        await health.noteClockStep(step);
        await opened.advance(1_000);
      }
      const found = await health.clockSteps(10);
      expect(found.map(({ at: _, ...step }) => step)).toEqual(steps.toReversed());
      const times = found.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(await health.clockSteps(1)).toEqual(found.slice(0, 1));
    });

    test("dead letters come the latest first, each once", async () => {
      const letters = [makeLetter("a"), makeLetter("b", { about: "b123.000" }), makeLetter("c")];
      for (const letter of letters) {
        await health.noteDeadLetter(letter);
        await opened.advance(1_000);
      }
      await health.noteDeadLetter(makeLetter("a", { reason: "told again" }));
      const found = await health.deadLetters(10);
      expect(found.map(({ at: _, ...letter }) => letter)).toEqual(letters.toReversed());
      const times = found.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(await health.deadLetters(1)).toEqual(found.slice(0, 1));
    });

    test("two subscriptions may have a message of one name, and two processes note it at once", async () => {
      const letters = ["sender.chunks", "resolver.due"].map((subscription) =>
        makeLetter("same", { subscription }),
      );
      await Promise.all([...letters, ...letters].map((letter) => health.noteDeadLetter(letter)));
      const found = (await health.deadLetters(10)).map(({ subscription }) => subscription);
      expect(found.toSorted()).toEqual(["resolver.due", "sender.chunks"]);
    });
  });
}
