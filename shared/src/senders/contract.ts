import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KEPT_MS, type SenderRecord, type Senders } from "./index.ts";

/** What an opener lends to one test: senders that no other test sees. */
export interface ContractSenders {
  senders: Senders;
  /** Moves the store's clock on. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export function makeSender(id: string, beat: number, fields: Partial<SenderRecord> = {}): SenderRecord {
  const shares = { "": { demand: beat * 10, granted: beat }, "a/b.c": { demand: 1.5, granted: 0.25 } };
  return { v: 1, id, beat, shares, pauseMs: 0, rampedSince: null, ...fields };
}

/** What every driver of the senders has to pass. `open` is called once for each test. */
export function describeSendersContract(name: string, open: () => Promise<ContractSenders>): void {
  describe(`senders contract: ${name}`, () => {
    let opened: ContractSenders;
    let senders: Senders;
    beforeEach(async () => {
      opened = await open();
      senders = opened.senders;
    });
    afterEach(() => opened.close());

    const seen = async () => {
      const all = (await senders.look()).senders.map(({ writtenAt: _, ...record }) => record);
      return all.sort((a, b) => (a.id < b.id ? -1 : 1));
    };

    test("nobody is there at first", async () => {
      expect((await senders.look()).senders).toEqual([]);
    });

    test("every record is seen as it was written, the latest of each sender", async () => {
      const [first, second] = [makeSender("a", 1), makeSender("b", 1, { pauseMs: 250.5, rampedSince: 5 })];
      await senders.announce(first);
      await senders.announce(second);
      expect(await seen()).toEqual([first, second]);
      const next = makeSender("a", 2, { shares: {} });
      await senders.announce(next);
      expect(await seen()).toEqual([next, second]);
    });

    test("what a sender was answered, and that it probes, is seen as it was written, and gone when it is told no more", async () => {
      const told = makeSender("a", 1, { pauseMs: 1, probes: true, answers: { accepted: 3, dead: 1_400 } });
      await senders.announce(told);
      expect(await seen()).toEqual([told]);
      await senders.announce(makeSender("a", 2));
      expect((await seen()).map(({ answers, probes }) => ({ answers, probes }))).toEqual([{}]);
    });

    test("a driver that is not ours is seen as it was written", async () => {
      const told = makeSender("a", 1, { driver: { name: "node", since: 5, cause: "goaway:PROTOCOL_ERROR" } });
      await senders.announce(told);
      expect(await seen()).toEqual([told]);
    });

    test("a record that comes late changes nothing", async () => {
      const latest = makeSender("a", 3);
      await senders.announce(latest);
      await senders.announce(makeSender("a", 2));
      await senders.announce(makeSender("a", 3, { pauseMs: 1 }));
      expect(await seen()).toEqual([latest]);
    });

    test("a record's age is told by the store's clock, and begins anew with each", async () => {
      const age = async () => {
        const { at, senders: all } = await senders.look();
        return at - (all[0]?.writtenAt ?? 0);
      };
      await senders.announce(makeSender("a", 1));
      const young = await age();
      await opened.advance(20_000);
      const old = await age();
      expect(old).toBeGreaterThanOrEqual(20_000);
      expect(young).toBeLessThan(old);
    });

    test("who wrote nothing for long is gone, also for those who look later", async () => {
      await senders.announce(makeSender("old", 7));
      await opened.advance(KEPT_MS - 60_000);
      expect(await seen()).toHaveLength(1);
      await opened.advance(60_000);
      expect(await seen()).toEqual([]);
      await opened.advance(-60_000);
      expect(await seen()).toEqual([]);
    });

    test("and may come back", async () => {
      await senders.announce(makeSender("old", 7));
      await opened.advance(KEPT_MS);
      await senders.look();
      await opened.advance(-KEPT_MS);
      await senders.announce(makeSender("old", 8));
      expect(await seen()).toEqual([makeSender("old", 8)]);
    });

    test("many write at once, and all are seen", async () => {
      const all = Array.from({ length: 20 }, (_, index) => makeSender(`s${index + 10}`, 1));
      await Promise.all(all.map((record) => senders.announce(record)));
      expect(await seen()).toEqual(all);
    });
  });
}
