import { certainClock } from "@fanfare/shared/clock";
import { broadcastId, fingerprint } from "@fanfare/shared/domain/ids";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import { InvalidInput, RetryableError, TerminalError } from "@fanfare/shared/errors";
import { broadcastRequests, type WireRequest } from "@fanfare/shared/events/broadcast-requests";
import { createLog } from "@fanfare/shared/hosting/log";
import {
  CATCH_UP_MS,
  checkRequest,
  type Door,
  type SubmitDeps,
  submit,
} from "@fanfare/shared/operations/submit";
import { START } from "@fanfare/shared/testing/clock";
import { createFailingBus, type FailingBus } from "@fanfare/shared/testing/failing-bus";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flutterflowDefaults } from "./flutterflow/settings.ts";
import { startScheduler } from "./service.ts";

const ID = broadcastId("shop", "sale");
const HOUR_MS = 3_600_000;

let store: TestStore;
let bus: FailingBus;
let deps: SubmitDeps;
beforeEach(() => {
  store = createStore();
  bus = createFailingBus(store.bus);
  deps = {
    ...store,
    bus,
    clock: certainClock,
    usersCollection: "users",
    catchUpMs: CATCH_UP_MS,
    longestMs: LONGEST_MS,
  };
});
afterEach(() => store.close());

function request(fields: Partial<WireRequest> = {}): WireRequest {
  const content = { title: "Sale", text: "Today only" };
  return { caller: "shop", idempotencyKey: "sale", content, audience: "all", ...fields };
}

const at = (fromNowMs: number) => new Date(store.now() + fromNowMs).toISOString();
const due = () => store.waiting("resolver.due");

/** The fields that a refused request names. */
async function refusedFields(value: unknown, door: Door = "direct"): Promise<string[]> {
  const refusal = await submit(deps, value, door).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidInput);
  return (refusal as InvalidInput).problems.map(({ field }) => field);
}

async function expectNothingStored(): Promise<void> {
  expect(await store.broadcasts.list(undefined, 10)).toEqual([]);
  expect(await store.ledger.ranges(ID)).toEqual([]);
  expect(due()).toEqual([]);
}

describe("a request without a time", () => {
  test("is released by a time that was read for it: what was registered before is not late", async () => {
    const get = async (id: string) => {
      await store.advance(5_000);
      return store.broadcasts.get(id);
    };
    const answer = await submit({ ...deps, broadcasts: { ...store.broadcasts, get } }, request(), "direct");
    expect(answer).toMatchObject({ createdAt: START + 5_000, releasedAt: START + 5_000 });
  });

  test("is released at once, and the resolver is told", async () => {
    const answer = await submit(deps, request(), "direct");
    expect(answer).toMatchObject({ id: ID, phase: "running", dueAt: START, releasedAt: START });
    expect(await store.broadcasts.get(ID)).toMatchObject({
      phase: "running",
      owes: [],
      content: { title: "Sale", text: "Today only" },
      audience: {},
      onCrash: "repeat",
    });
    expect(due()).toEqual([{ v: 1, broadcastId: ID }]);
  });

  test("leaves a range that the tick drives on, should the message be lost", async () => {
    await submit(deps, request(), "direct");
    expect(await store.ledger.ranges(ID)).toMatchObject([{ state: "open", span: { after: "", upTo: null } }]);
  });
});

test("lane and limit are in the record", async () => {
  await submit(deps, request({ urgent: true, perMinute: 600 }), "direct");
  expect(await store.broadcasts.get(ID)).toMatchObject({ urgent: true, perMinute: 600 });
});

describe("a request for later", () => {
  test("waits: nobody is told yet", async () => {
    const answer = await submit(deps, request({ at: at(HOUR_MS) }), "direct");
    expect(answer).toMatchObject({ phase: "scheduled", dueAt: START + HOUR_MS, releasedAt: null, owes: [] });
    expect(due()).toEqual([]);
    expect(await store.ledger.ranges(ID)).toEqual([]);
  });

  test("is asked for again after its time, and the answer is the same", async () => {
    const first = await submit(deps, request({ at: at(HOUR_MS) }), "direct");
    const again = request({ at: at(HOUR_MS) });
    await store.advance(2 * HOUR_MS);
    expect(await submit(deps, again, "direct")).toEqual(first);
  });

  test("means an instant, whatever zone it is written in", async () => {
    const first = await submit(deps, request({ at: "2033-05-01T18:00:00+02:00" }), "direct");
    expect(await submit(deps, request({ at: "2033-05-01T16:00:00Z" }), "direct")).toEqual(first);
  });
});

describe("where no tick would come", () => {
  const missing = new TerminalError("CLOCK_MISSING", "Cloud Scheduler is not enabled");
  const away = new RetryableError("CLOCK_UNAVAILABLE", "Cloud Scheduler cannot be asked now");
  const faulty = (fault: Error): SubmitDeps => ({ ...deps, clock: { ensure: () => Promise.reject(fault) } });
  const later = () => request({ at: at(HOUR_MS) });

  test.each([missing, away])("somebody who waits is told why the time cannot be kept: %s", async (fault) => {
    const refusal = submit(faulty(fault), later(), "direct");
    await expect(refusal).rejects.toBeInstanceOf(InvalidInput);
    await expect(refusal).rejects.toThrow(`at: cannot be kept until then: ${fault.message}`);
    await expectNothingStored();
  });

  test("an event is answered with the reason, and nothing is stored", async () => {
    const log = createLog("test", "silent");
    const service = startScheduler({
      ...store,
      ...faulty(missing),
      ...flutterflowDefaults,
      log,
      stuckMs: 600_000,
      tickMs: null,
    });
    await store.bus.publish(broadcastRequests.topic, [broadcastRequests.encode(later())]);
    await expect.poll(() => store.waiting("sender.prune"), { timeout: 10_000 }).toHaveLength(1);
    await service.close();
    expect(store.waiting("sender.prune")).toMatchObject([
      {
        type: "request.failed",
        caller: "shop",
        idempotencyKey: "sale",
        reason: "CLOCK_MISSING: Cloud Scheduler is not enabled",
      },
    ]);
    await expectNothingStored();
  });

  test("an event waits where that may pass", async () => {
    await expect(submit(faulty(away), later(), "event")).rejects.toBe(away);
    await expectNothingStored();
  });

  test("an unforeseen fault is not taken for the caller's", async () => {
    const mistake = new TypeError("a mistake of ours");
    await expect(submit(faulty(mistake), later(), "direct")).rejects.toBe(mistake);
  });

  test("a broadcast for now is sent all the same", async () => {
    expect((await submit(faulty(missing), request(), "direct")).phase).toBe("running");
  });

  test("a request that is known is answered as before", async () => {
    const asked = later();
    const first = await submit(deps, asked, "direct");
    expect(await submit(faulty(missing), asked, "direct")).toEqual(first);
  });
});

describe("the same request twice", () => {
  test("is one broadcast, released once", async () => {
    const first = await submit(deps, request(), "direct");
    await store.advance(60_000);
    const second = await submit(deps, request(), "direct");
    expect([second.id, second.phase, second.releasedAt]).toEqual([first.id, first.phase, first.releasedAt]);
    expect(await store.broadcasts.list(undefined, 10)).toHaveLength(1);
    expect(due()).toHaveLength(1);
  });

  test("by two doors at once is one broadcast", async () => {
    const doors: Door[] = ["direct", "event", "direct", "event"];
    const answers = await Promise.all(doors.map((door) => submit(deps, request(), door)));
    expect(new Set(answers.map(({ id, createdAt }) => `${id} ${createdAt}`)).size).toBe(1);
    expect(await store.broadcasts.list(undefined, 10)).toHaveLength(1);
    expect(await store.ledger.ranges(ID)).toHaveLength(1);
  });

  test("pays what a crash after the first left owing", async () => {
    bus.failNext("before");
    await expect(submit(deps, request(), "direct")).rejects.toThrow("the bus was told to fail");
    expect(await store.broadcasts.get(ID)).toMatchObject({ phase: "running", owes: ["due"] });
    expect((await submit(deps, request(), "direct")).id).toBe(ID);
    expect(due()).toHaveLength(1);
    expect(await store.broadcasts.get(ID)).toMatchObject({ owes: [] });
  });

  test("with its fields in another order is the same", async () => {
    const { caller, ...rest } = request({ audience: { users: ["a", "b"], platforms: ["ios"] } });
    await submit(deps, { ...rest, caller }, "direct");
    const again = { ...request({ audience: { platforms: ["ios"], users: ["/users/a", "users/b"] } }) };
    expect((await submit(deps, again, "direct")).id).toBe(broadcastId("shop", "sale"));
  });
});

describe("a request with a used key", () => {
  const others: [string, () => Partial<WireRequest>][] = [
    ["content", () => ({ content: { title: "Sale", text: "Tomorrow" } })],
    ["audience", () => ({ audience: { platforms: ["ios"] } })],
    ["time", () => ({ at: at(HOUR_MS) })],
    ["onCrash", () => ({ onCrash: "miss" })],
    ["urgency", () => ({ urgent: true })],
    ["limit", () => ({ perMinute: 600 })],
  ];
  test.each(others)("and another %s is refused, naming the key", async (_, fields) => {
    await submit(deps, request(), "direct");
    const stored = await store.broadcasts.get(ID);
    expect(await refusedFields(request(fields()))).toEqual(["idempotencyKey"]);
    expect(await store.broadcasts.get(ID)).toEqual(stored);
    expect(due()).toHaveLength(1);
  });

  test("is told from others by what it says, as before there were lanes and limits", async () => {
    const { fingerprint: plain } = await submit(deps, request({ urgent: false }), "direct");
    const { content } = request();
    expect(plain).toBe(fingerprint({ content, audience: {}, onCrash: "repeat", at: null }));
  });

  test("of another caller is a broadcast of its own", async () => {
    const first = await submit(deps, request(), "direct");
    expect((await submit(deps, request({ caller: "blog" }), "direct")).id).not.toBe(first.id);
  });
});

describe("a time that has passed", () => {
  test("is refused where somebody waits for the answer", async () => {
    expect(await refusedFields(request({ at: at(-1) }))).toEqual(["at"]);
    await expectNothingStored();
  });

  test("of an event that was long on its way is sent all the same", async () => {
    const answer = await submit(deps, request({ at: at(-CATCH_UP_MS) }), "event");
    expect(answer).toMatchObject({ phase: "running", dueAt: START - CATCH_UP_MS, releasedAt: START });
    expect(due()).toHaveLength(1);
  });

  test("of an event beyond the catch-up is refused", async () => {
    expect(await refusedFields(request({ at: at(-CATCH_UP_MS - 1) }), "event")).toEqual(["at"]);
    await expectNothingStored();
  });

  test("is now, to the millisecond, no more", async () => {
    expect((await submit(deps, request({ at: at(0) }), "direct")).phase).toBe("running");
  });
});

describe("a deadline", () => {
  const ends = async (fields: Partial<WireRequest>) =>
    (await submit(deps, request({ deadline: at(2 * HOUR_MS), ...fields }), "direct")).endsAt;

  test("is when sending ends, or the TTL, or two weeks, whatever comes first", async () => {
    expect(await ends({})).toBe(START + 2 * HOUR_MS);
    const brief = { title: "Sale", text: "now", ttlSeconds: 60 };
    expect(await ends({ idempotencyKey: "brief", content: brief })).toBe(START + 60_000);
    expect(await ends({ idempotencyKey: "none", deadline: undefined })).toBe(START + LONGEST_MS);
    const once = { ...brief, ttlSeconds: 0 };
    expect(await ends({ idempotencyKey: "once", content: once, deadline: undefined })).toBe(
      START + LONGEST_MS,
    );
  });

  test.each<[string, Door, () => Partial<WireRequest>]>([
    ["has passed", "direct", () => ({ deadline: at(0) })],
    ["passed on the way of an event", "event", () => ({ deadline: at(-1), at: at(-HOUR_MS) })],
    ["is not after the time", "direct", () => ({ deadline: at(HOUR_MS), at: at(HOUR_MS) })],
    ["is no time", "direct", () => ({ deadline: "tomorrow" })],
  ])("that %s is refused", async (_, door, fields) => {
    expect(await refusedFields(request(fields()), door)).toEqual(["deadline"]);
    await expectNothingStored();
  });

  test("is part of what is asked for", async () => {
    await submit(deps, request({ deadline: at(HOUR_MS) }), "direct");
    expect(await refusedFields(request({ deadline: at(HOUR_MS + 1) }))).toEqual(["idempotencyKey"]);
  });
});

describe("bad input", () => {
  const bad: [string, unknown, string[]][] = [
    ["no content", { ...request(), content: undefined }, ["content"]],
    ["an empty title", request({ content: { title: " ", text: "x" } }), ["content.title"]],
    ["a user elsewhere", request({ audience: { users: ["orders/1"] } }), ["audience.users"]],
    ["an unknown field", { ...request(), topic: "news" }, ["topic"]],
    ["a date without zone", request({ at: "2033-05-01T18:00:00" }), ["at"]],
    ["nothing at all", null, [""]],
  ];
  test.each(bad)("with %s is refused, naming the field, and nothing is stored", async (_, value, fields) => {
    expect(await refusedFields(value)).toEqual(fields);
    await expectNothingStored();
  });

  test("is found by a check as well, which stores nothing even where all is well", async () => {
    expect(() => checkRequest(request({ at: at(-1) }), "direct", deps)).toThrow("at: lies in the past");
    expect(checkRequest(request({ at: at(HOUR_MS) }), "direct", deps).at).toBe(START + HOUR_MS);
    await expectNothingStored();
  });
});
