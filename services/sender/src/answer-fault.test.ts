import { broadcastOf } from "@fanfare/shared/domain/ids";
import { RetryableError, TerminalError } from "@fanfare/shared/errors";
import { resume } from "@fanfare/shared/operations/resume";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import { useLeaseTimers } from "./testing/lease-timers.ts";
import { ACCEPTED, BAD_PAYLOAD, UNAUTHENTICATED } from "./testing/scripted-transport.ts";

useLeaseTimers();
let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

describe("a payload that FCM refuses", () => {
  test("holds the broadcast and parks the chunk; no address is called bad for it", async () => {
    const id = await bench.plan("payload", 40);
    const { deps } = bench.createSender(() => BAD_PAYLOAD);
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(await bench.outcomes(id)).toEqual(Array(40).fill(null));
    expect(await bench.broadcast(id)).toMatchObject({
      phase: "running",
      gates: {
        held: {
          reason: "FCM refuses the messages to devices: 400 INVALID_ARGUMENT Message too big",
          by: "sender",
          at: START,
        },
      },
    });
    expect(await bench.store.ledger.claimChunk(id, "repeat")).toEqual({ kind: "parked" });
    await bench.store.advance(3_600_000);
    expect(await bench.store.ledger.hints(10), "it rests until somebody resumes it").toEqual([]);
  });

  test("stops the broadcast's other chunks, however few members each has", async () => {
    const { id } = makeBroadcast("several");
    await bench.store.broadcasts.create(makeBroadcast("several"));
    const ids = await bench.addChunks(
      id,
      [0, 1, 2].map((index) => makeMembers(5, index * 5)),
    );
    const { deps, transport } = bench.createSender(() => BAD_PAYLOAD);
    const sendChunk = createSendChunk(deps);
    const left = [];
    for (const chunk of ids) left.push(await sendChunk(chunk));
    expect(left).toEqual(["later", "parked", "parked"]);
    expect(transport.started).toHaveLength(8);
    expect(await bench.store.ledger.books(id)).toMatchObject({ open: 15, rejected: {} });
  });

  test("is tried again when the broadcast is resumed, which goes on and finishes", async () => {
    const id = await bench.plan("resumed", 20);
    let broken = true;
    const { deps, transport } = bench.createSender(() => (broken ? BAD_PAYLOAD : ACCEPTED));
    const sendChunk = createSendChunk(deps);
    await sendChunk(id);
    const before = transport.started.length;
    broken = false;
    await bench.store.advance(24 * 3_600_000);
    expect(await resume(deps, broadcastOf(id), "held", { by: "test" })).toMatchObject({ kind: "changed" });
    expect(await bench.store.ledger.hints(10)).toEqual([{ kind: "chunk", id }]);
    expect(await sendChunk(id)).toBe("settled");
    expect(transport.started.length).toBe(before + 20);
    expect(await bench.broadcast(id)).toMatchObject({
      phase: "succeeded",
      gates: {},
      books: { accepted: 20 },
    });
    expect(await bench.chunk(id)).toMatchObject({ possibleRepeats: 0 });
  });
});

describe("a credential that FCM refuses", () => {
  test("is renewed once, and the chunk goes on where it is accepted then", async () => {
    const id = await bench.plan("expired token", 6);
    const { deps, renewals } = bench.createSender(() => (renewals.length > 0 ? ACCEPTED : UNAUTHENTICATED));
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(renewals).toHaveLength(1);
    expect(await bench.broadcast(id)).toMatchObject({ phase: "succeeded", books: { accepted: 6 } });
    expect(await bench.chunk(id)).toMatchObject({ possibleRepeats: 0 });
  });

  test("is renewed once for all broadcasts that are sent with it", async () => {
    const ids = [await bench.plan("one", 20), await bench.plan("another", 20)];
    const { deps, renewals } = bench.createSender(() => (renewals.length > 0 ? ACCEPTED : UNAUTHENTICATED));
    const sendChunk = createSendChunk(deps);
    expect(await Promise.all(ids.map(sendChunk))).toEqual(["settled", "settled"]);
    expect(renewals).toHaveLength(1);
  });

  test("is renewed anew where many messages were accepted in between", async () => {
    await bench.store.broadcasts.create(makeBroadcast("long"));
    const lists = [0, 1, 2].map((index) => makeMembers(500, index * 500));
    const ids = await bench.addChunks(makeBroadcast("long").id, lists);
    let sent = 0;
    const { deps, renewals } = bench.createSender(() => {
      sent += 1;
      return renewals.length < (sent > 1_300 ? 2 : 1) ? UNAUTHENTICATED : ACCEPTED;
    });
    const sendChunk = createSendChunk(deps);
    for (const id of ids) expect(await sendChunk(id)).toBe("settled");
    expect(renewals).toHaveLength(2);
  });

  test("again holds the broadcast", async () => {
    const id = await bench.plan("revoked", 6);
    const { deps, renewals } = bench.createSender(() => UNAUTHENTICATED);
    expect(await createSendChunk(deps)(id)).toBe("parked");
    expect(renewals).toHaveLength(1);
    const reason = "FCM does not take the credential: 401 UNAUTHENTICATED token expired";
    const held = { reason, by: "sender" };
    expect(await bench.broadcast(id)).toMatchObject({ phase: "running", gates: { held } });
    expect(await bench.outcomes(id)).toEqual(Array(6).fill(null));
  });

  test("and that Google refuses as well holds the broadcast, and Google is not asked for each of them", async () => {
    let asked = 0;
    const renew = () => {
      asked += 1;
      return Promise.reject(new TerminalError("CREDENTIAL_REFUSED", "no such account"));
    };
    const credential = { authorization: async () => "Bearer x", renew };
    const { deps } = bench.createSender(() => UNAUTHENTICATED, { credential });
    const sendChunk = createSendChunk(deps);
    for (const name of ["one", "two", "three"])
      expect(await sendChunk(await bench.plan(name, 2))).toBe("parked");
    expect(asked).toBe(1);
  });

  test("and cannot be renewed for a while keeps what is known, and waits", async () => {
    const id = await bench.plan("Google is away", 3);
    let failures = 2;
    const renew = async () => {
      failures -= 1;
      if (failures >= 0) throw new RetryableError("CREDENTIAL_UNAVAILABLE", "not now");
    };
    const credential = { authorization: async () => "Bearer x", renew };
    const { deps, transport } = bench.createSender(() => (failures < 0 ? ACCEPTED : UNAUTHENTICATED), {
      credential,
    });
    expect(await createSendChunk(deps)(id)).toBe("settled");
    expect(transport.started, "nothing is sent while no token is to be had").toHaveLength(6);
    expect(await bench.broadcast(id)).toMatchObject({
      phase: "succeeded",
      gates: {},
      books: { accepted: 3 },
    });
    expect(await bench.chunk(id)).toMatchObject({ possibleRepeats: 0 });
  });
});
