import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Broadcast, Gate } from "../domain/broadcast.ts";
import type { Progress, Refusal } from "../domain/chunk.ts";
import { rejected } from "../domain/outcome.ts";
import {
  chunkOf,
  claimChunk,
  BROADCAST as ID,
  NO_COUNTS,
  openOf,
  plan,
  ROOT,
  settle,
} from "../ledger/contract/steps.ts";
import { resume } from "../operations/resume.ts";
import { START } from "../testing/clock.ts";
import { makeBroadcast } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { endRefused } from "./accept-refusals.ts";
import { hold } from "./hold.ts";
import { tryFinish } from "./try-finish.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const CODE = "CONTENT_REFUSED";
const REFUSAL = { code: CODE, reason: "FCM refuses the content: 400 no" };
const running = makeBroadcast("ledger");
const stored = () => store.broadcasts.get(ID);
const end = () => endRefused(store, ID, REFUSAL);
const said = (of: number[], code = CODE): Refusal => ({ code, says: `400 of ${code}`, of });

/** A progress whose open members were refused as it says. */
const refused = (open: number[], refusals: Refusal[] = [said(open)], trial = 0): Progress =>
  openOf(open, { refusals: { trial, said: refusals } });

/** A broadcast with chunks of these sizes, all of which are resolved unless it is said otherwise. */
async function prepare(sizes: number[], fields: Partial<Broadcast> = {}, resolved = true): Promise<void> {
  await store.broadcasts.create({ ...running, ...fields });
  const epoch = await plan(store.ledger, sizes);
  if (resolved) await store.ledger.closeRange(ROOT, epoch, NO_COUNTS);
}

async function note(sequence: number, progress: Progress): Promise<number> {
  const { epoch } = await claimChunk(store.ledger, chunkOf(sequence));
  await store.ledger.noteProgress(chunkOf(sequence), epoch, progress);
  return epoch;
}

const gateOf = (doubts: string): Gate => ({ reason: "no", by: "sender", at: 1, doubts });
const accepted = (reason: string, code = CODE) => ({ code, reason, by: "sender", at: START });

describe("where every open member was refused", () => {
  test("it is accepted, so that they are rejected: with the reason, and an entry in the audit", async () => {
    await prepare([2, 3, 1]);
    await settle(store.ledger, chunkOf(2));
    await note(0, refused([1]));
    await note(1, refused([0, 2]));
    expect(await end()).toBe("accepted");
    expect(await stored()).toMatchObject({ accepts: [accepted(REFUSAL.reason)], owes: [], version: 2 });
    const standpoint = { phase: "running", closed: [] };
    expect((await store.broadcasts.audit(ID)).slice(1)).toEqual([
      {
        what: "accept",
        by: "sender",
        at: START,
        reason: REFUSAL.reason,
        before: standpoint,
        after: standpoint,
      },
    ]);
  });

  test("every code that they have is accepted, the one that was given first", async () => {
    await prepare([3]);
    await note(0, refused([0, 1, 2], [said([0], "SENDER_ID_MISMATCH"), said([1, 2])]));
    await end();
    const other = accepted("400 of SENDER_ID_MISMATCH", "SENDER_ID_MISMATCH");
    expect((await stored())?.accepts).toEqual([accepted(REFUSAL.reason), other]);
  });

  test("what was held for them goes on, and what is held for something else does not", async () => {
    await prepare([1, 1], { gates: { held: gateOf(CODE) } });
    const epoch = await note(0, refused([0]));
    await store.ledger.parkChunk(chunkOf(0), epoch, refused([0]));
    await note(1, refused([0]));
    expect(await end()).toBe("accepted");
    expect(await stored()).toMatchObject({ gates: {}, owes: [], accepts: [{ code: CODE }] });
    expect(await store.ledger.hints(10)).toEqual([{ kind: "chunk", id: chunkOf(0) }]);
    expect((await store.broadcasts.audit(ID)).at(-1)).toMatchObject({
      before: { closed: ["held"] },
      after: { closed: [] },
    });
  });

  test("a hold for something else stays, and so does a pause", async () => {
    const gates = { held: gateOf("SENDER_ID_MISMATCH"), paused: { by: "ada", at: 1 } };
    await prepare([1], { gates });
    await note(0, refused([0]));
    expect(await end()).toBe("accepted");
    expect(await stored()).toMatchObject({ gates, owes: [], accepts: [{ code: CODE }] });
  });

  test("by many at once it happens once, and a second time nothing changes", async () => {
    await prepare([1], { gates: { held: gateOf(CODE) } });
    await note(0, refused([0]));
    expect(await Promise.all([1, 2, 3, 4].map(end))).toEqual(Array(4).fill("accepted"));
    const before = await stored();
    expect(before?.accepts).toHaveLength(1);
    expect(await store.broadcasts.audit(ID)).toHaveLength(2);
    expect(await end()).toBe("accepted");
    expect(await stored()).toEqual(before);
  });

  test("a sender that would hold it at that moment does not", async () => {
    await prepare([1]);
    await note(0, refused([0]));
    await end();
    await hold(store.broadcasts, ID, "no", "another", 6, CODE);
    expect((await stored())?.gates).toEqual({});
  });

  test("the broadcast then fails with the reason, if no member was reached", async () => {
    await prepare([1]);
    await note(0, refused([0]));
    await end();
    await store.ledger.settleChunk(chunkOf(0), 1, openOf([], { outcomes: { 0: rejected(CODE) } }));
    await tryFinish(store, ID);
    const fault = `FCM accepted no message: ${REFUSAL.reason}`;
    expect(await stored()).toMatchObject({ phase: "failed", fault, pruning: { state: "done" } });
  });
});

describe("where others may still be sent to, nothing changes:", () => {
  async function expectUnchanged(): Promise<void> {
    const before = await stored();
    expect(await end()).toBe("others-open");
    expect(await stored()).toEqual(before);
  }

  test("while the audience is read", async () => {
    await prepare([1], {}, false);
    await note(0, refused([0]));
    await expectUnchanged();
  });

  test("before anything was read", async () => {
    await store.broadcasts.create(running);
    const { standing } = store.ledger;
    const ledger: typeof store.ledger = {
      ...store.ledger,
      async standing(id) {
        const before = await standing(id);
        await plan(store.ledger, [1]);
        await note(0, refused([0]));
        return before;
      },
    };
    expect(await endRefused({ ...store, ledger }, ID, REFUSAL)).toBe("others-open");
    expect(await stored()).toEqual(running);
  });

  test.each<[string, Progress]>([
    ["was not sent to", refused([0, 1], [said([0])], 1)],
    ["was refused before the broadcast was last resumed", refused([0, 1], [said([0, 1])], 0)],
    ["was refused with the credential", refused([0, 1], [said([0]), said([1], "CREDENTIAL_REFUSED")], 1)],
  ])("a member of the same chunk %s", async (_, progress) => {
    await prepare([2], { trial: 1 });
    await note(0, progress);
    await expectUnchanged();
  });

  test("a chunk that no sender has looked at", async () => {
    await prepare([1, 1]);
    await note(0, refused([0]));
    await expectUnchanged();
  });

  test("more than fifty open chunks", async () => {
    await prepare(Array(51).fill(1));
    for (let index = 0; index < 51; index++) await note(index, refused([0]));
    await expectUnchanged();
    await store.ledger.settleChunk(chunkOf(50), 1, openOf([]));
    expect(await end()).toBe("accepted");
  });

  test.each<[string, Partial<Broadcast>]>([
    ["it is cancelled", { gates: { cancelled: { by: "ada", at: 1 } } }],
    ["it has finished", { phase: "failed" }],
    ["it is not released", { phase: "scheduled" }],
  ])("%s", async (_, fields) => {
    await prepare([1], fields);
    await note(0, refused([0]));
    await expectUnchanged();
  });

  test("it is resumed at that moment", async () => {
    await prepare([1], { gates: { held: gateOf(CODE) } });
    await note(0, refused([0]));
    const { openChunks } = store.ledger;
    const ledger: typeof store.ledger = {
      ...store.ledger,
      async openChunks(...request) {
        const chunks = await openChunks(...request);
        await resume(store, ID, "held", { by: "ada" });
        return chunks;
      },
    };
    expect(await endRefused({ ...store, ledger }, ID, REFUSAL)).toBe("others-open");
    expect(await stored()).not.toHaveProperty("accepts");
  });

  test("the broadcast does not exist", async () => {
    expect(await end()).toBe("others-open");
  });
});
