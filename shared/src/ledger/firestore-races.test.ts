import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFirestoreBroadcasts } from "../broadcasts/firestore.ts";
import { rangeId } from "../domain/ids.ts";
import { clockOf, type Firestore } from "../google/firestore.ts";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { beforeNextCommit, intercept, loseNextAnswer, openFreshFirestore } from "../testing/firestore.ts";
import { makeBroadcast } from "../testing/records.ts";
import {
  BROADCAST,
  chunkOf,
  claimChunk,
  claimRange,
  makePage,
  NO_COUNTS,
  openOf,
  plan,
  ROOT,
  settle,
} from "./contract/steps.ts";
import { createFirestoreLedger } from "./firestore.ts";
import type { Ledger } from "./index.ts";
import { LEDGER_TIMING } from "./timing.ts";

const ID = chunkOf(0);

describeOnEmulators("races in the ledger on Firestore", ["firestore"], () => {
  let [firestore, other] = [] as unknown as [Firestore, Firestore];
  let ledger: Ledger;
  let rival: Ledger;
  let skewMs: number;

  beforeEach(() => {
    const project = freshProject();
    skewMs = 0;
    [firestore, other] = [openFreshFirestore(project), openFreshFirestore(project)];
    [ledger, rival] = [firestore, other].map((client) =>
      createFirestoreLedger(client, LEDGER_TIMING, { skewMs: () => skewMs }),
    ) as [Ledger, Ledger];
  });
  afterEach(async () => {
    await Promise.all([firestore.terminate(), other.terminate()]);
  });

  test("of two clients after the same chunks each chunk goes to one", async () => {
    await plan(ledger, Array(20).fill(2));
    const ids = Array.from({ length: 20 }, (_, index) => chunkOf(index));
    const claims = await Promise.all(
      ids.flatMap((id) => [ledger.claimChunk(id, "repeat"), rival.claimChunk(id, "repeat")]),
    );
    const won = claims.filter((claim) => claim.kind === "claimed");
    expect(won.map(({ chunk }) => chunk.id).sort()).toEqual(ids);
    expect(claims.filter(({ kind }) => kind === "leased-elsewhere")).toHaveLength(20);
  });

  test("a claim that another overtakes between its look and its write is lost", async () => {
    await plan(ledger, [2]);
    beforeNextCommit(firestore, () => rival.claimChunk(ID, "repeat"));
    expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "leased-elsewhere" });
    expect((await rival.standing(BROADCAST)).possibleRepeats).toBe(0);
  });

  test("a page that another overtakes is fenced off whole", async () => {
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    beforeNextCommit(firestore, () => rival.addPage(ROOT, epoch, makePage([1])));
    expect(await ledger.addPage(ROOT, epoch, makePage([3, 2]))).toBe("fenced");
    const chunks = await Array.fromAsync(ledger.chunks(BROADCAST));
    expect(chunks.map(({ members }) => members.length)).toEqual([1]);
    expect(await ledger.ranges(BROADCAST)).toMatchObject([{ made: 1, cursor: "cursor-1" }]);
  });

  test("what is unparked is due at once, by a clock that lagged behind as well", async () => {
    const gates = { held: { by: "test", at: 0 } };
    await createFirestoreBroadcasts(firestore).create(makeBroadcast("ledger", { gates }));
    await plan(ledger, [2]);
    const { epoch } = await claimChunk(ledger, ID);
    expect(await ledger.parkChunk(ID, epoch, openOf([0]))).toBe("done");
    // As if the answer that told this process the time had taken an hour to come.
    clockOf(other).observe(Date.now() - 3_600_000);
    await rival.unpark(BROADCAST);
    expect(await rival.hints(10)).toEqual([{ kind: "chunk", id: ID }]);
  });

  test("a settling during which the lease is renewed goes through", async () => {
    await plan(ledger, [2]);
    const { epoch } = await claimChunk(ledger, ID);
    beforeNextCommit(firestore, () => rival.renewChunk(ID, epoch));
    expect(await ledger.settleChunk(ID, epoch, openOf([]))).toBe("done");
  });

  test("a claim whose answer was lost is nobody's until its lease has passed, and then counted", async () => {
    await plan(rival, [3]);
    loseNextAnswer(firestore);
    expect(await ledger.claimChunk(ID, "repeat")).toEqual({ kind: "leased-elsewhere" });
    skewMs += LEDGER_TIMING.leaseMs;
    expect((await claimChunk(ledger, ID)).chunk.possibleRepeats).toBe(3);
  });

  test.each<[string, (epoch: number) => Promise<unknown>, string, number]>([
    ["renewal", (epoch) => ledger.renewChunk(ID, epoch), "done", 0],
    ["note", (epoch) => ledger.noteProgress(ID, epoch, openOf([1, 2])), "done", 0],
    // Counted twice: more than there were, and never fewer.
    ["count of repeats", (epoch) => ledger.countRepeats(ID, epoch, 1), "done", 2],
    ["hand-back", (epoch) => ledger.releaseChunk(ID, epoch, openOf([0, 1, 2]), 0), "fenced", 0],
    ["settling", (epoch) => ledger.settleChunk(ID, epoch, openOf([])), "done", 0],
    ["page", () => ledger.addPage(ROOT, 1, makePage([2], { from: "cursor-3" })), "fenced", 0],
    ["closing", () => ledger.closeRange(ROOT, 1, NO_COUNTS), "fenced", 0],
  ])("a %s whose answer was lost is made once", async (_, write, answer, possibleRepeats) => {
    await plan(rival, [3]);
    const { epoch } = await claimChunk(rival, ID);
    loseNextAnswer(firestore);
    expect(await write(epoch)).toBe(answer);
    const books = await rival.books(BROADCAST);
    expect(books).toMatchObject({ possibleRepeats, unresolvedAbout: 0 });
    expect(books.accepted + books.open).toBe(books.resolved);
    const made = (await Array.fromAsync(rival.chunks(BROADCAST))).length;
    expect(await rival.ranges(BROADCAST)).toMatchObject([{ made, counts: { read: books.resolved } }]);
  });

  test("a planning whose answer was lost is taken for another's, and hinted at after a lease", async () => {
    loseNextAnswer(firestore);
    expect(await ledger.openPlanned(BROADCAST, makePage([3]))).toBe("exists");
    expect(await rival.books(BROADCAST)).toMatchObject({ resolved: 3, open: 3 });
    skewMs += LEDGER_TIMING.leaseMs;
    expect(await ledger.hints(10)).toEqual([{ kind: "chunk", id: ID }]);
  });

  describe("whether a broadcast is complete", () => {
    const STEPS: (() => Promise<unknown>)[] = [
      () => rival.openRoot(BROADCAST),
      () => plan(rival, [1]),
      () => rival.cutRange(ROOT, 1, ["m"]),
      () => rival.closeRange(ROOT, 1, NO_COUNTS),
      () => Promise.all([1, 2].map((index) => rival.buryRange(rangeId(BROADCAST, index), 0, 0))),
    ];
    const moments = [1, 2, 3].flatMap((reads) =>
      [0, 1, 2, 3, 4].flatMap((from) => [1, 2, 3, 4, 5].map((to) => ({ from, to, reads }))),
    );

    test.each(moments.filter(({ from, to }) => from < to))(
      "is not taken for true where steps $from to $to of its resolving come after $reads reads",
      async ({ from, to, reads }) => {
        for (const step of STEPS.slice(0, from)) await step();
        let sent = 0;
        intercept(firestore, async (_, send) => {
          if (sent++ === reads) for (const step of STEPS.slice(from, to)) await step();
          return send();
        });
        expect(await ledger.complete(BROADCAST)).toBe(false);
      },
    );

    test("shows when the last chunk is settled", async () => {
      const left = [...STEPS];
      intercept(firestore, async (_, send) => {
        await left.shift()?.();
        return send();
      });
      while (left.length > 0) expect(await ledger.complete(BROADCAST)).toBe(false);
      expect(await ledger.complete(BROADCAST)).toBe(false);
      await settle(rival, ID);
      expect(await ledger.complete(BROADCAST)).toBe(true);
    });
  });
});
