import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFirestoreBroadcasts } from "../broadcasts/firestore.ts";
import type { Broadcasts } from "../broadcasts/index.ts";
import { documentKey, rangeId } from "../domain/ids.ts";
import type { Firestore } from "../google/firestore.ts";
import { createFirestoreHealth } from "../health/firestore.ts";
import type { Health } from "../health/index.ts";
import { createFirestoreIntake } from "../intake/firestore.ts";
import type { Intake } from "../intake/index.ts";
import {
  BROADCAST,
  chunkOf,
  claimChunk,
  claimRange,
  makePage,
  NO_COUNTS,
  OTHER,
  openOf,
  ROOT,
} from "../ledger/contract/steps.ts";
import { createFirestoreLedger } from "../ledger/firestore.ts";
import type { Ledger } from "../ledger/index.ts";
import { createFirestoreRegistrations } from "../registrations/firestore.ts";
import type { Registrations } from "../registrations/index.ts";
import { createFirestoreSenders } from "../senders/firestore.ts";
import type { Senders } from "../senders/index.ts";
import { START } from "./clock.ts";
import { describeOnEmulators } from "./emulators.ts";
import { openFreshFirestore, recordQueries, recordSent, type Sent } from "./firestore.ts";
import { type IndexFile, type Need, needOf, servedBy } from "./firestore-indexes.ts";
import { makeBroadcast, makeDocument } from "./records.ts";

const file = JSON.parse(
  readFileSync(new URL("../../../deploy/firestore/firestore.indexes.json", import.meta.url), "utf8"),
) as IndexFile;

/** Each method of a port, in every way that makes a query of its own: the compiler misses none. */
type Exercise<Port> = { [Method in keyof Port]: (port: Port) => Promise<unknown> };

const BROADCASTS: Exercise<Broadcasts> = {
  create: (port) =>
    port.create(makeBroadcast("ledger", { gates: { held: { reason: "r", by: "b", at: 1 } } })),
  get: (port) => port.get(BROADCAST),
  replace: (port) => port.replace(makeBroadcast("ledger", { finishedAt: START, owes: ["due"] })),
  audit: (port) => port.audit(BROADCAST),
  due: (port) => port.due(START, 5),
  owing: async (port) => [await port.owing(5), await port.owing(5, "b")],
  running: async (port) => [await port.running(5), await port.running(5, "b")],
  list: async (port) => [await port.list(undefined, 5), await port.list("running", 5)],
};

const SPANS = ["", "a"].flatMap((after) => [null, "z"].map((upTo) => ({ after, upTo })));
const CUTS = SPANS.flatMap((span) => [undefined, ["ios" as const]].map((platforms) => ({ span, platforms })));
const DEAD = [{ address: "address", kind: "token" as const, code: "UNREGISTERED" }];

const REGISTRATIONS: Exercise<Registrations> = {
  put: (port) => port.put([makeDocument("a", "address"), makeDocument("b", null)]),
  read: (port) => Promise.all(CUTS.map(({ span, platforms }) => Array.fromAsync(port.read(span, platforms)))),
  readOwned: (port) => port.readOwned(["users/a", "users/b"]),
  count: (port) => Promise.all(CUTS.map(({ span, platforms }) => port.count(span, platforms))),
  countOwned: (port) =>
    Promise.all([undefined, ["ios" as const]].map((some) => port.countOwned(["users/a"], some))),
  countWithoutAddress: (port) => port.countWithoutAddress(),
  unknownTypes: (port) => port.unknownTypes(),
  firstFrom: (port) => Promise.all(CUTS.map(({ span, platforms }) => port.firstFrom("b", span, platforms))),
  prune: (port) => port.prune({ broadcast: BROADCAST, notSince: Date.now() + 60_000, dead: DEAD }),
  moment: (port) => port.moment(),
  countPruned: (port) => port.countPruned(BROADCAST),
  restore: (port) => Array.fromAsync(port.restore(BROADCAST)),
  size: (port) => port.size(),
  async register(port) {
    const device = { owner: "users/a", deviceType: "web", address: "fid", kind: "fid" } as const;
    await port.register({ ...device, replaces: "token" });
    await port.register({ ...device, address: "token", kind: "token" });
  },
  unregister: (port) => port.unregister("users/a", "token"),
  removeUser: (port) => port.removeUser("users/a"),
};

const HELD = openOf([0]);
const LEDGER: Exercise<Ledger> = {
  openRoot: (port) => port.openRoot(BROADCAST),
  openPlanned: (port) => port.openPlanned(OTHER, makePage([])),
  claimRange: (port) => port.claimRange(ROOT),
  renewRange: (port) => port.renewRange(ROOT, 1),
  addPage: (port) => port.addPage(ROOT, 1, makePage([1, 1])),
  cutRange: (port) => port.cutRange(ROOT, 1, ["m"]),
  claimChunk: (port) => claimChunk(port, chunkOf(0)),
  renewChunk: (port) => port.renewChunk(chunkOf(0), 1),
  countRepeats: (port) => port.countRepeats(chunkOf(0), 1, 1),
  noteProgress: (port) => port.noteProgress(chunkOf(0), 1, HELD),
  rouse: (port) => port.rouse(BROADCAST),
  openWork: (port) => port.openWork(BROADCAST, 5),
  openChunks: (port) => port.openChunks(BROADCAST, 5),
  parkChunk: (port) => port.parkChunk(chunkOf(0), 1, HELD),
  unpark: (port) => port.unpark(BROADCAST),
  async releaseChunk(port) {
    const { epoch } = await claimChunk(port, chunkOf(1));
    return port.releaseChunk(chunkOf(1), epoch, HELD, 0);
  },
  countHeld: (port) => port.countHeld(BROADCAST),
  standing: (port) => port.standing(BROADCAST),
  hints: async (port) => [await port.hints(5), await port.hints(5, 60_000)],
  hinted: (port) => port.hinted([{ kind: "chunk", id: chunkOf(1) }]),
  async settleChunk(port) {
    for (const id of [chunkOf(0), chunkOf(1)]) {
      const { epoch } = await claimChunk(port, id);
      await port.settleChunk(id, epoch, openOf([]));
    }
  },
  releaseRange: (port) => port.releaseRange(ROOT, 1, 0),
  async closeRange(port) {
    const { epoch } = await claimRange(port);
    return port.closeRange(ROOT, epoch, NO_COUNTS);
  },
  buryRange: (port) => Promise.all(["001", "002"].map((n) => port.buryRange(`${BROADCAST}.${n}`, 0, 1))),
  complete: async (port) => expect(await port.complete(BROADCAST)).toBe(true),
  books: (port) => port.books(BROADCAST),
  chunks: async (port) => [
    await Array.fromAsync(port.chunks(BROADCAST)),
    await Array.fromAsync(port.chunks(BROADCAST, chunkOf(0))),
  ],
  ranges: (port) => port.ranges(BROADCAST),
  closeChunks: (port) => port.closeChunks(BROADCAST, "cancelled"),
  stopRange: (port) => port.stopRange(rangeId(BROADCAST, 2), 1),
};

const SENDERS: Exercise<Senders> = {
  announce: (port) => port.announce({ v: 1, id: "a", beat: 1, shares: {}, pauseMs: 0, rampedSince: null }),
  look: (port) => port.look(),
};

const HEALTH: Exercise<Health> = {
  noteTick: (port) => port.noteTick(),
  sinceTick: (port) => port.sinceTick(),
  noteDeadLetter: (port) =>
    port.noteDeadLetter({ messageId: "m", subscription: "s", reason: "r", about: BROADCAST }),
  deadLetters: (port) => port.deadLetters(5),
  noteClockStep: (port) => port.noteClockStep({ service: "s", stepMs: 1 }),
  clockSteps: (port) => port.clockSteps(5),
};

const DOCUMENT = { path: "ff_user_push_notifications/a", createdAt: START * 1_000 };
const OTHER_DOCUMENT = { ...DOCUMENT, path: "ff_user_push_notifications/b" };
const ANSWERED = { status: "succeeded", numSent: 1, error: "e" };

const INTAKE: Exercise<Intake> = {
  join: (port) => port.join({ print: "p", index: 0, size: 2, document: DOCUMENT }),
  batchOf: (port) => port.batchOf(DOCUMENT),
  waiting: (port) => port.waiting(Date.now(), 5),
  async giveUp(port) {
    const { key } = await port.join({ print: "q", index: 0, size: 2, document: OTHER_DOCUMENT });
    return port.giveUp(key);
  },
  close: (port) => port.close(documentKey(OTHER_DOCUMENT)),
  admit: (port) => port.admit("users/u", DOCUMENT, { most: 1, withinMs: 1_000 }),
  asked: (port) => port.asked("users/u", 1_000),
  noteFields: (port) => port.noteFields(["a"], DOCUMENT),
  fields: (port) => port.fields(),
  noteRefusal: (port) => port.noteRefusal({ ...DOCUMENT, reason: "r", sender: "users/u", left: true }),
  refusals: (port) => port.refusals(5),
  noteComparison: (port) =>
    port.noteComparison(DOCUMENT, {
      theirs: ANSWERED,
      ours: { ...ANSWERED, audience: 1, rejected: {}, withoutAddress: 0, notes: [] },
      ignored: ["a"],
    }),
  comparisons: (port) => port.comparisons(5),
};

async function run<Port extends object>(exercise: Exercise<Port>, port: Port): Promise<void> {
  for (const one of Object.values<(port: Port) => Promise<unknown>>(exercise)) await one(port);
}

/** The fields that the drivers wrote into each collection of ours. */
function fieldsWritten(sent: readonly Sent[]): Set<string> {
  const commits = sent.filter(({ method }) => method === "commit").map(({ request }) => request);
  const writes = (commits as { writes: { update?: { name: string; fields: object } }[] }[]).flatMap(
    ({ writes }) => writes.flatMap(({ update }) => update ?? []),
  );
  return new Set(
    writes.flatMap(({ name, fields }) =>
      Object.keys(fields).map((field) => `${name.split("/").at(-2)} ${field}`),
    ),
  );
}

describeOnEmulators("the declared indexes", ["firestore"], () => {
  let firestore: Firestore;
  let sent: Sent[];
  let needs: Need[];
  beforeAll(async () => {
    firestore = openFreshFirestore();
    sent = recordSent(firestore);
    await run(BROADCASTS, createFirestoreBroadcasts(firestore));
    const gates = { held: { reason: "r", by: "b", at: 1 } };
    await createFirestoreBroadcasts(firestore).replace(makeBroadcast("ledger", { version: 2, gates }));
    const queries = recordQueries(firestore, sent);
    await run(REGISTRATIONS, createFirestoreRegistrations(firestore, {}, undefined, queries));
    await run(LEDGER, createFirestoreLedger(firestore));
    await run(SENDERS, createFirestoreSenders(firestore));
    await run(HEALTH, createFirestoreHealth(firestore));
    await run(INTAKE, createFirestoreIntake(firestore));
    const all = sent.flatMap((one) => needOf(one) ?? []);
    needs = [...new Set(all.map((need) => JSON.stringify(need)))].map((text) => JSON.parse(text) as Need);
  });
  afterAll(() => firestore.terminate());

  test("serve every query that the drivers send", () => {
    expect(needs.length).toBeGreaterThan(20);
    expect(needs.filter((need) => servedBy(file, need) === null)).toEqual([]);
  });

  test("are all needed: take one away, and a query is refused", () => {
    const used = new Set(needs.flatMap((need) => servedBy(file, need) ?? []));
    expect(file.indexes.filter((index) => !used.has(index))).toEqual([]);
    // An override takes the automatic indexes away, and the app may be using those of its own field.
    const ours = file.fieldOverrides.filter(({ collectionGroup }) => collectionGroup !== "fcm_tokens");
    expect(ours.flatMap(({ indexes }) => indexes).filter((index) => !used.has(index))).toEqual([]);
  });

  test("leave an app what its field had before", () => {
    const address = file.fieldOverrides.find(({ collectionGroup }) => collectionGroup === "fcm_tokens");
    const kept = address?.indexes.filter(({ queryScope }) => queryScope === "COLLECTION");
    expect(kept?.map(({ order, arrayConfig }) => order ?? arrayConfig)).toEqual([
      "ASCENDING",
      "DESCENDING",
      "CONTAINS",
    ]);
  });

  test("spare every field of ours that no query needs", () => {
    const asked = needs.flatMap(({ collectionGroup, equal, order, sums }) =>
      [...equal, ...order.map(({ fieldPath }) => fieldPath), ...sums].map(
        (field) => `${collectionGroup} ${field}`,
      ),
    );
    const spared = file.fieldOverrides
      .filter(({ indexes }) => indexes.length === 0)
      .map(({ collectionGroup, fieldPath }) => `${collectionGroup} ${fieldPath}`);
    expect(asked.filter((field) => spared.includes(field))).toEqual([]);
    const written = [...fieldsWritten(sent)].filter((field) => field.startsWith("fanfare_"));
    expect(spared.toSorted()).toEqual(written.filter((field) => !asked.includes(field)).toSorted());
  });

  test("let every record of ours expire", () => {
    const expiring = file.fieldOverrides.filter(({ ttl }) => ttl);
    expect(expiring.map(({ collectionGroup, fieldPath }) => `${collectionGroup} ${fieldPath}`)).toEqual(
      [
        ...["broadcasts", "ranges", "chunks", "pruned", "replaced", "senders", "dead_letters", "clock_steps"],
        ...["batches", "batched", "app_senders", "refusals", "comparisons", "app_fields"],
      ].map((name) => `fanfare_${name} expiresAt`),
    );
  });
});

describe("what serves a query", () => {
  const need = (fields: Partial<Need>): Need => ({
    collectionGroup: "c",
    queryScope: "COLLECTION",
    equal: [],
    order: [],
    sums: [],
    ...fields,
  });
  const a = { fieldPath: "a", order: "ASCENDING" as const };
  const b = { fieldPath: "b", order: "DESCENDING" as const };
  const group = { queryScope: "COLLECTION_GROUP" as const };
  const composite = { collectionGroup: "c", queryScope: "COLLECTION" as const, fields: [a, b] };
  const override = { collectionGroup: "c", fieldPath: "a", indexes: [{ ...group, order: a.order }] };
  const bare: IndexFile = { indexes: [], fieldOverrides: [] };

  test.each<[string, Need, IndexFile, boolean]>([
    ["nothing is needed to read a group whole", need(group), bare, true],
    ["one field of a collection is indexed by itself", need({ order: [b] }), bare, true],
    ["equal fields are merged", need({ equal: ["a", "b"] }), bare, true],
    ["a sum over one field is indexed by itself", need({ sums: ["a"] }), bare, true],
    ["two sums need an index of both", need({ sums: ["a", "b"] }), bare, false],
    ["a sum of what is filtered needs an index", need({ equal: ["a"], sums: ["b"] }), bare, false],
    ["an equal field and an order need an index", need({ equal: ["a"], order: [b] }), bare, false],
    ["and are served by it", need({ equal: ["a"], order: [b] }), { ...bare, indexes: [composite] }, true],
    [
      "not in the other direction",
      need({ equal: ["a"], order: [{ ...b, order: "ASCENDING" }] }),
      { ...bare, indexes: [composite] },
      false,
    ],
    [
      "nor in the other scope",
      need({ ...group, equal: ["a"], order: [b] }),
      { ...bare, indexes: [composite] },
      false,
    ],
    ["a field of a group is not indexed by itself", need({ ...group, order: [a] }), bare, false],
    ["but by an override", need({ ...group, order: [a] }), { ...bare, fieldOverrides: [override] }, true],
    [
      "which takes the collection's away",
      need({ order: [a] }),
      { ...bare, fieldOverrides: [override] },
      false,
    ],
  ])("%s", (_, asked, declared, served) => {
    expect(servedBy(declared, asked) !== null).toBe(served);
  });
});
