import type { Answer } from "@fanfare/shared/domain/answers";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { rejected } from "@fanfare/shared/domain/outcome";
import type { Ledger } from "@fanfare/shared/ledger";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import {
  ACCEPTED,
  NO_ANSWER,
  NOT_PROCESSED,
  overQuota,
  UNAVAILABLE,
  UNREGISTERED,
} from "./testing/scripted-transport.ts";

const HOUR_MS = 3_600_000;

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

describe("a chunk", () => {
  test("whose members FCM all accepts is settled, and its broadcast finished", async () => {
    const id = await bench.plan("plain", 500);
    const { deps, transport, waits } = bench.createSender(() => ACCEPTED);
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toHaveLength(500);
    expect(waits).toEqual([]);
    expect(await bench.chunk(id)).toMatchObject({ state: "settled", possibleRepeats: 0 });
    const books = { resolved: 500, accepted: 500, open: 0, possibleRepeats: 0 };
    expect(await bench.broadcast(id)).toMatchObject({ phase: "succeeded", books });
  });

  test("asks whether its broadcast is finished only if it is the last of it in this process", async () => {
    const { id: broadcast } = makeBroadcast("many");
    await bench.store.broadcasts.create(makeBroadcast("many"));
    const ids = await bench.addChunks(broadcast, [makeMembers(3), makeMembers(3), makeMembers(3)]);
    const asked: string[] = [];
    const ledger: Ledger = {
      ...bench.store.ledger,
      complete(id) {
        asked.push(id);
        return bench.store.ledger.complete(id);
      },
    };
    const sendChunk = createSendChunk(bench.createSender(() => ACCEPTED, { ledger }).deps);
    expect(await Promise.all(ids.map(sendChunk))).toEqual(["settled", "settled", "settled"]);
    expect(asked).toEqual([broadcast]);
    expect(await bench.broadcast(ids[0] ?? "")).toMatchObject({ phase: "succeeded", books: { accepted: 9 } });
  });

  test("keeps each member's own outcome", async () => {
    const id = await bench.plan("mixed", 4);
    const script = ({ index }: { index: number }) => (index % 2 ? UNREGISTERED : ACCEPTED);
    expect(await createSendChunk(bench.createSender(script).deps)(id)).toBe("settled");
    const gone = rejected("UNREGISTERED");
    expect(await bench.outcomes(id)).toEqual(["accepted", gone, "accepted", gone]);
    expect(await bench.broadcast(id)).toMatchObject({ phase: "succeeded", owes: ["prune"] });
  });

  test("that is settled is not sent again, but its broadcast is finished if that is left to do", async () => {
    const id = await bench.plan("again", 2);
    await bench.settle(id, {});
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    expect((await bench.broadcast(id))?.phase).toBe("running");
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toEqual([]);
    expect((await bench.broadcast(id))?.phase).toBe("succeeded");
  });

  test("that another holds, or that waits for its time, is left alone", async () => {
    const id = await bench.plan("held elsewhere", 2);
    const { epoch, chunk } = await bench.claim(id);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    const sendChunk = createSendChunk(deps);
    expect(await sendChunk(id)).toBe("elsewhere");
    await bench.store.ledger.releaseChunk(id, epoch, chunk.progress, 5_000);
    expect(await sendChunk(id)).toBe("later");
    expect(transport.started).toEqual([]);
    await bench.store.advance(5_000);
    expect(await sendChunk(id)).toBe("settled");
    expect(transport.started).toHaveLength(2);
  });

  test("of nothing is an error for good", async () => {
    const sendChunk = createSendChunk(bench.createSender(() => ACCEPTED).deps);
    const { id } = makeBroadcast("nothing");
    const missing = chunkId(rangeId(id, 0), 0);
    await expect(sendChunk(missing)).rejects.toMatchObject({
      name: "TerminalError",
      code: "BROADCAST_MISSING",
    });
    await bench.store.broadcasts.create(makeBroadcast("else"));
    const lost = chunkId(rangeId(makeBroadcast("else").id, 0), 0);
    await expect(sendChunk(lost)).rejects.toMatchObject({ name: "TerminalError", code: "CHUNK_MISSING" });
  });

  test("is claimed only when no pause is in force", async () => {
    const id = await bench.plan("paused", 1);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    deps.governor.heard("a", { kind: "retry", unsure: false, limit: "project", afterMs: 90_000 });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(bench.store.now()).toBe(START + 90_000);
    expect(transport.started).toHaveLength(1);
  });
});

describe("a member whose attempt may have reached FCM", () => {
  test("is sent to again, and the repeat is counted before it is made", async () => {
    const id = await bench.plan("503", 3);
    const counted: number[] = [];
    const { deps, waits } = bench.createSender(async ({ index, attempt }) => {
      counted.push((await bench.chunk(id)).possibleRepeats);
      return index === 1 && attempt === 1 ? UNAVAILABLE : ACCEPTED;
    });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(counted, "at the moment of each start").toEqual([0, 0, 0, 1]);
    expect(waits.filter((ms) => ms > 0)).toEqual([10_000]);
    expect(await bench.chunk(id)).toMatchObject({ possibleRepeats: 1 });
    expect(await bench.outcomes(id)).toEqual(["accepted", "accepted", "accepted"]);
  });

  test("is counted once for each repeat, and not for answers that are sure", async () => {
    const id = await bench.plan("many", 1);
    const answers = [NO_ANSWER, NOT_PROCESSED, UNAVAILABLE, overQuota("1"), NO_ANSWER];
    const counted: number[] = [];
    const { deps, transport } = bench.createSender(async ({ attempt }) => {
      counted.push((await bench.chunk(id)).possibleRepeats);
      return answers[attempt - 1] ?? ACCEPTED;
    });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toHaveLength(6);
    expect(counted).toEqual([0, 1, 1, 2, 2, 3]);
  });

  test("is never sent to again where a miss is preferred: it is unknown", async () => {
    const id = await bench.plan("miss", 3, { onCrash: "miss" });
    const answers = [UNAVAILABLE, NO_ANSWER, ACCEPTED];
    const { deps, transport } = bench.createSender(({ index }) => answers[index] as Answer);
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toHaveLength(3);
    expect(await bench.outcomes(id)).toEqual(["unknown", "unknown", "accepted"]);
    expect(await bench.chunk(id)).toMatchObject({ possibleRepeats: 0 });
  });

  test("of a holder that died is counted by the next, before anything is sent", async () => {
    const id = await bench.plan("takeover", 3);
    await bench.claim(id);
    await bench.store.advance(30_000);
    const counted: number[] = [];
    const { deps } = bench.createSender(async () => {
      counted.push((await bench.chunk(id)).possibleRepeats);
      return ACCEPTED;
    });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(counted).toEqual([3, 3, 3]);
  });

  test("of a holder that died is unknown where a miss is preferred", async () => {
    const id = await bench.plan("takeover miss", 2, { onCrash: "miss" });
    await bench.store.ledger.claimChunk(id, "miss");
    await bench.store.advance(30_000);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toEqual([]);
    expect(await bench.outcomes(id)).toEqual(["unknown", "unknown"]);
    expect(await bench.broadcast(id)).toMatchObject({ phase: "failed", books: { unknown: 2 } });
  });
});

describe("waiting", () => {
  test("for a retry writes down what is known, so that a crash repeats only what is left", async () => {
    const id = await bench.plan("noted", 3);
    const { deps } = bench.createSender(({ index }) => (index === 0 ? UNAVAILABLE : ACCEPTED), {
      wait: () => Promise.reject(new Error("the process died")),
    });
    await expect(createSendChunk(deps)(id)).rejects.toThrow("the process died");
    expect(await bench.outcomes(id)).toEqual([null, "accepted", "accepted"]);
    await bench.store.advance(30_000);
    const { deps: other, transport } = bench.createSender(() => ACCEPTED);
    expect(await createSendChunk(other)(id)).toBe("settled");
    expect(transport.started.map(({ index }) => index)).toEqual([0]);
    expect(await bench.chunk(id)).toMatchObject({ possibleRepeats: 1 });
  });

  test("is no reason to hold one of the few places for active chunks", async () => {
    const id = await bench.plan("places", 1);
    let active = 0;
    const heldWhileWaiting: number[] = [];
    const { deps } = bench.createSender(({ attempt }) => (attempt === 1 ? UNAVAILABLE : ACCEPTED), {
      async active(_lane, work) {
        active += 1;
        return work().finally(() => {
          active -= 1;
        });
      },
      async wait(ms) {
        heldWhileWaiting.push(active);
        await bench.store.advance(ms);
      },
    });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(heldWhileWaiting.length).toBeGreaterThan(0);
    expect(new Set(heldWhileWaiting)).toEqual(new Set([0]));
  });

  test("beyond the handler's time hands the chunk back for when all may be tried", async () => {
    const id = await bench.plan("budget", 2);
    const { deps, waits } = bench.createSender(() => UNAVAILABLE, { budgetMs: 60_000 });
    expect(await createSendChunk(deps)(id)).toBe("later");
    expect(waits.filter((ms) => ms > 0)).toEqual([10_000, 20_000]);
    expect(await bench.chunk(id)).toMatchObject({
      state: "open",
      possibleRepeats: 4,
      progress: { open: [0, 1], unsure: [0, 1], maybe: [0, 1] },
    });
    const { deps: other, waits: otherWaits } = bench.createSender(({ attempt }) =>
      attempt === 1 ? UNAVAILABLE : ACCEPTED,
    );
    await bench.store.advance(39_999);
    expect(await createSendChunk(other)(id)).toBe("later");
    await bench.store.advance(1);
    expect(await createSendChunk(other)(id)).toBe("settled");
    expect(Math.max(...otherWaits), "waits go on growing").toBeGreaterThanOrEqual(20_000);
    expect(await bench.chunk(id)).toMatchObject({ possibleRepeats: 8 });
  });
});

describe("giving up", () => {
  test("after an hour ends who may have been reached as unknown, and who was not as expired", async () => {
    const id = await bench.plan("hopeless", 3);
    const script = ({ index, attempt }: { index: number; attempt: number }) =>
      [ACCEPTED, overQuota("600"), attempt === 1 ? NO_ANSWER : overQuota("600")][index] as Answer;
    const { deps } = bench.createSender(script, { budgetMs: 2 * HOUR_MS });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(await bench.outcomes(id)).toEqual(["accepted", "expired", "unknown"]);
    expect(bench.store.now() - START).toBeGreaterThanOrEqual(HOUR_MS);
    expect(bench.store.now() - START).toBeLessThan(HOUR_MS + 20 * 60_000);
  });

  test("counts from the first claim, whoever made it", async () => {
    const id = await bench.plan("handed on", 1);
    const { epoch, chunk } = await bench.claim(id);
    await bench.store.ledger.releaseChunk(id, epoch, chunk.progress, 0);
    await bench.store.advance(HOUR_MS - 1_000);
    const { deps, transport } = bench.createSender(() => overQuota("10"));
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(await bench.outcomes(id)).toEqual(["expired"]);
    expect(transport.started.length).toBeLessThanOrEqual(2);
  });

  test("happens when the message is no longer timely", async () => {
    const content = { title: "Now", text: "or never", ttlSeconds: 25 };
    const id = await bench.plan("stale", 2, { content, endsAt: START + 25_000 });
    const answers = [UNAVAILABLE, overQuota("5")];
    const { deps, transport } = bench.createSender(({ index }) => answers[index] as Answer);
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(await bench.outcomes(id)).toEqual(["unknown", "expired"]);
    expect(transport.started.length).toBeLessThanOrEqual(4);
  });

  test("happens before anything is sent, where the message was no longer timely at the claim", async () => {
    const content = { title: "Now", text: "or never", ttlSeconds: 25 };
    const id = await bench.plan("too late", 2, { content, endsAt: START + 25_000 });
    await bench.store.advance(25_001);
    const { deps, transport } = bench.createSender(() => ACCEPTED);
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started).toEqual([]);
    expect(await bench.outcomes(id)).toEqual(["expired", "expired"]);
  });

  test("is not for a message with a TTL of 0, which is for phones that are on", async () => {
    const id = await bench.plan("now", 1, { content: { title: "Now", text: "only", ttlSeconds: 0 } });
    await bench.store.advance(60_000);
    expect(await createSendChunk(bench.createSender(() => ACCEPTED).deps)(id)).toBe("settled");
    expect(await bench.outcomes(id)).toEqual(["accepted"]);
  });
});
