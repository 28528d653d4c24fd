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

    /** How much later the last tick is noted to be, after some time and one more tick. */
    async function laterBy(ms: number): Promise<number> {
      const before = (await health.lastTick()) ?? 0;
      await opened.advance(ms);
      await health.noteTick();
      return ((await health.lastTick()) ?? 0) - before;
    }

    test("the last tick is known to within ten seconds, and none before the first", async () => {
      expect(await health.lastTick()).toBeNull();
      await health.noteTick();
      expect(await laterBy(0)).toBe(0);
      expect(await laterBy(NOTED_EVERY_MS)).toBeGreaterThanOrEqual(NOTED_EVERY_MS);
      expect(await laterBy(-3_600_000), "a clock that was set back").toBeLessThan(0);
    });

    test("several ticks at once are noted as one", async () => {
      await Promise.all([1, 2, 3].map(() => health.noteTick()));
      expect(await laterBy(0)).toBe(0);
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
