import { composeResolver } from "@fanfare/resolver/compose";
import { config as resolverConfig } from "@fanfare/resolver/config";
import { resolveRange } from "@fanfare/resolver/resolve-range";
import { composeScheduler } from "@fanfare/scheduler/compose";
import { config as schedulerConfig } from "@fanfare/scheduler/config";
import { takeDocument } from "@fanfare/scheduler/flutterflow/take-document";
import { tick } from "@fanfare/scheduler/tick";
import { composeSender } from "@fanfare/sender/compose";
import { config as senderConfig } from "@fanfare/sender/config";
import { prune } from "@fanfare/sender/prune";
import { createSendChunk } from "@fanfare/sender/send-chunk";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { certainClock } from "@fanfare/shared/clock";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { freshProgress } from "@fanfare/shared/domain/chunk";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import type { WireRequest } from "@fanfare/shared/events/broadcast-requests";
import { openGoogle } from "@fanfare/shared/google/open";
import { createLog } from "@fanfare/shared/hosting/log";
import { pause } from "@fanfare/shared/operations/pause";
import { submit } from "@fanfare/shared/operations/submit";
import { untilStopped } from "@fanfare/shared/operations/until-stopped";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { makeDocument } from "@fanfare/shared/testing/records";
import { shiftDate } from "@fanfare/shared/testing/shift-date";
import { createSimulator, markAddress, type Nature } from "@fanfare/simulator";
import { afterEach, beforeEach, expect, test } from "vitest";

/**
 * The real services on one project, each as on a machine of its own whose clock is off while it works. The emulator's
 * clock is the right one.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const CONTENT = { title: "Hello", text: "World" };
const log = createLog("e2e", "silent");

let closing: AsyncDisposableStack;
let project: string;
let endpoint: string;
beforeEach(async () => {
  closing = new AsyncDisposableStack();
  project = freshProject();
  await applyTopology({ project });
  const simulator = await createSimulator({ seed: "clocks" });
  closing.defer(() => simulator.close());
  endpoint = simulator.url;
});
afterEach(() => closing.disposeAsync());

/** A machine whose clock is so far ahead; it is so only while `work` runs, as all machines are this process. */
async function onMachine<T>(aheadMs: number, work: (machine: ReturnType<typeof openMachine>) => Promise<T>) {
  using _ = shiftDate(aheadMs);
  return await work(openMachine());
}

function openMachine() {
  const settings = { FANFARE_PROJECT: project, FANFARE_CLOCK: "external", FANFARE_FCM_ENDPOINT: endpoint };
  const store = openGoogle(resolverConfig.parse(settings), log);
  closing.defer(() => store.close());
  return {
    store,
    scheduler: composeScheduler(schedulerConfig.parse(settings), store, certainClock, log),
    resolver: () => ({
      ...composeResolver(resolverConfig.parse(settings), store, log),
      draining: new AbortController().signal,
    }),
    sender() {
      const parts = composeSender(senderConfig.parse(settings), "demo", store, log);
      closing.defer(async () => {
        parts.governor.close();
        await parts.transport.close();
      });
      return { ...parts, draining: new AbortController().signal };
    },
  };
}

let state = 7;
const random = () => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return state / 2 ** 32;
};

/** Registers a device of each user; the store itself says when. */
async function register(users: readonly string[], nature: Nature = "fine") {
  const documents = users.map((user) => makeDocument(user, markAddress(nature, random)));
  await onMachine(0, ({ store }) => store.registrations.put(documents));
  return documents;
}

const ask = (key: string, more: Partial<WireRequest> = {}): WireRequest => ({
  caller: "e2e",
  idempotencyKey: key,
  content: CONTENT,
  audience: { users: ["ada", "bob"] },
  ...more,
});

const submitOn = (aheadMs: number, request: WireRequest) =>
  onMachine(aheadMs, ({ scheduler }) => submit(scheduler, request, "direct"));

const firstChunk = ({ id }: Broadcast) => chunkId(rangeId(id, 0), 0);

const sendOn = (aheadMs: number, broadcast: Broadcast) =>
  onMachine(aheadMs, ({ sender }) => createSendChunk(sender())(firstChunk(broadcast)));

const booksOf = ({ id }: Broadcast) => onMachine(0, ({ store }) => store.ledger.books(id));

describeOnEmulators("machines whose clocks are wrong", ["pubsub", "firestore"], () => {
  test("a laptop a minute ahead is not told that a broadcast has stopped while a sender holds a chunk", async () => {
    await register(["ada", "bob"]);
    const broadcast = await submitOn(0, ask("stopped"));
    const { store: sender } = openMachine();
    const claim = await sender.ledger.claimChunk(firstChunk(broadcast), "repeat");
    if (claim.kind !== "claimed") throw new Error(claim.kind);

    const letGo = async () => {
      waits += 1;
      const { id } = claim.chunk;
      await sender.ledger.releaseChunk(id, claim.epoch, freshProgress(claim.chunk.members.length), 0);
    };
    let waits = 0;
    await onMachine(MINUTE_MS, async ({ store }) => {
      await store.sync();
      const turned = await pause(store, broadcast.id, { by: "ada" });
      const { leasedMembers } = await store.ledger.standing(broadcast.id);
      expect(leasedMembers).toBe(2);
      await untilStopped(store, turned?.broadcast ?? broadcast, () => undefined, letGo);
    });
    expect(waits).toBe(1);
  });

  test("a scheduler whose clock is ahead does not prune a refreshed registration", async () => {
    const [refreshed] = await register(["ada", "bob"], "dead");
    const broadcast = await submitOn(DAY_MS, ask("pruned"));
    await onMachine(0, async ({ store, sender }) => {
      const parts = sender();
      expect(await createSendChunk(parts)(firstChunk(broadcast))).toBe("settled");
      await store.registrations.register({
        owner: "users/ada",
        address: refreshed?.address ?? "",
        kind: "token",
        deviceType: "Android",
      });
      expect(await prune(parts, broadcast.id)).toBe("pruned");
      const left = await store.registrations.readOwned(["users/ada", "users/bob"]);
      expect(left.map(({ path }) => path)).toEqual([refreshed?.path]);
    });
  });

  test.each([
    ["listed users", { users: ["ada", "bob"] }],
    ["everybody", "all"],
  ] as const)("a scheduler a day behind calls no registration late: %s", async (_, audience) => {
    await register(["ada", "bob"]);
    const broadcast = await submitOn(-DAY_MS, ask("late", { audience }));
    await onMachine(0, ({ resolver }) => resolveRange(resolver(), rangeId(broadcast.id, 0)));
    expect(await booksOf(broadcast)).toMatchObject({ resolved: 2, late: 0 });
  });

  test("a scheduler a day ahead calls late what is registered after the release", async () => {
    await register(["ada"]);
    const broadcast = await submitOn(DAY_MS, ask("early", { audience: "all" }));
    await register(["bob"]);
    await onMachine(0, ({ resolver }) => resolveRange(resolver(), rangeId(broadcast.id, 0)));
    expect(await booksOf(broadcast)).toMatchObject({ resolved: 1, late: 1 });
  });

  test("a broadcast with a deadline is not expired by a sender whose clock is ahead", async () => {
    await register(["ada", "bob"]);
    const deadline = new Date(Date.now() + HOUR_MS).toISOString();
    const broadcast = await submitOn(DAY_MS, ask("deadline", { deadline }));
    expect(await sendOn(DAY_MS, broadcast)).toBe("settled");
    expect(await booksOf(broadcast)).toMatchObject({ accepted: 2, expired: 0 });
  });

  test("a broadcast whose deadline has passed is expired by a sender whose clock is behind", async () => {
    await register(["ada", "bob"]);
    const broadcast = await submitOn(0, ask("over"));
    await onMachine(0, async ({ store }) => {
      const stored = await store.broadcasts.get(broadcast.id);
      await store.broadcasts.replace({ ...(stored ?? broadcast), endsAt: broadcast.createdAt });
    });
    expect(await sendOn(-DAY_MS, broadcast)).toBe("settled");
    expect(await booksOf(broadcast)).toMatchObject({ accepted: 0, expired: 2 });
  });

  test("a tick releases by the store's time, and by no other", async () => {
    await register(["ada", "bob"]);
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const later = await submitOn(0, ask("later", { at: at(HOUR_MS) }));
    const due = await submitOn(0, ask("due", { at: at(HOUR_MS) }));
    await onMachine(0, ({ store }) => store.broadcasts.replace({ ...due, dueAt: due.createdAt }));
    for (const aheadMs of [-DAY_MS, DAY_MS]) await onMachine(aheadMs, ({ scheduler }) => tick(scheduler));
    await onMachine(0, async ({ store }) => {
      const phases = [await store.broadcasts.get(later.id), await store.broadcasts.get(due.id)];
      expect(phases.map((one) => one?.phase)).toEqual(["scheduled", "running"]);
    });
  });

  test.each([
    ["ahead", DAY_MS, HOUR_MS, "scheduled"],
    ["behind", -DAY_MS, -MINUTE_MS, "running"],
  ])(
    "a document is taken by the store's time where the function's clock is %s",
    async (_, aheadMs, inMs, phase) => {
      await register(["ada", "bob"]);
      const path = "ff_push_notifications/one";
      const fields = {
        notification_title: "Hello",
        notification_text: "World",
        target_audience: "All",
        scheduled_time: new Date(Date.now() + inMs).toISOString(),
      };
      await onMachine(0, ({ store }) => store.documents.put([{ path, fields }]));
      const taken = await onMachine(aheadMs, async ({ store, scheduler }) => {
        const document = await store.documents.get(path);
        if (!document) throw new Error("the document is missing");
        return takeDocument({ ...scheduler, mode: "on" }, document);
      });
      expect(taken).toMatchObject({ kind: "sent", broadcast: { phase } });
    },
  );
});
