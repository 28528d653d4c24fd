import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isBefore } from "../domain/bounds.ts";
import type { Audience, Broadcast } from "../domain/broadcast.ts";
import { rangeId } from "../domain/ids.ts";
import { rejected } from "../domain/outcome.ts";
import { noCounts, planPages } from "../domain/plan-chunks.ts";
import { restOf } from "../domain/range.ts";
import { ofPlatforms, ownerOf } from "../domain/registration.ts";
import { claimRange, openOf } from "../ledger/contract/steps.ts";
import type { RegistrationDocument } from "../registrations/index.ts";
import { START } from "../testing/clock.ts";
import { makeBroadcast, makeDocument } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { type Listed, listAudience, listMembers, rangesOf } from "./list-members.ts";
import { readAudience } from "./read-audience.ts";

const LIMITS = { chunkMembers: 2, pageMembers: 4 };
type End = "closed" | "open" | "stopped" | "dead";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

/** Resolves so many pages of a range, then ends it; one that is to be closed is read whole. */
async function resolve({ audience }: Broadcast, id: string, pages: number, end: End): Promise<void> {
  const { epoch, range } = await claimRange(store.ledger, id);
  let { cursor: from, made } = range;
  const { batches } = readAudience(store, audience, restOf(range));
  for await (const page of planPages(batches, START, LIMITS)) {
    if (end !== "closed" && pages-- <= 0) break;
    expect(await store.ledger.addPage(id, epoch, { ...page, from, published: made })).toBe("done");
    [from, made] = [page.cursor, made + page.chunks.length];
  }
  if (end === "stopped") await store.ledger.stopRange(id, 1);
  else if (end === "closed") await store.ledger.closeRange(id, epoch, noCounts());
  else await store.ledger.releaseRange(id, epoch, 0);
  if (end === "dead") expect(await store.ledger.buryRange(id, 0, 1)).toBe("dead");
}

async function start(audience: Audience = {}, name = "listed"): Promise<Broadcast> {
  const broadcast = makeBroadcast(name, { audience });
  await store.broadcasts.create(broadcast);
  await store.ledger.openRoot(broadcast.id);
  return broadcast;
}

async function cut({ id }: Broadcast, bounds: string[]): Promise<string[]> {
  const { epoch } = await claimRange(store.ledger, rangeId(id, 0));
  expect(await store.ledger.cutRange(rangeId(id, 0), epoch, bounds)).toBe("done");
  await store.ledger.releaseRange(rangeId(id, 0), epoch, 0);
  return Array.from({ length: bounds.length + 1 }, (_, index) => rangeId(id, index + 1));
}

async function list(broadcast: Broadcast): Promise<Listed[]> {
  const ranges = await rangesOf(store.ledger, broadcast);
  return Array.fromAsync(listAudience(store, broadcast, ranges));
}

const brief = (listed: Listed[]) =>
  listed.map(({ address, outcome, code }) => [address, outcome, code].join(" ").trim());

const register = (addresses: string[]) =>
  store.registrations.put(addresses.map((address) => makeDocument(address, address)));

describe("the audience of a broadcast", () => {
  test("at work has those behind the cursor, too", async () => {
    await register(["1", "2", "3", "4", "5", "6"]);
    const broadcast = await start();
    const root = rangeId(broadcast.id, 0);
    await resolve(broadcast, root, 1, "open");
    expect(brief(await list(broadcast))).toEqual([
      ...["1", "2", "3", "4"].map((address) => `${address} open`),
      ...["5", "6"].map((address) => `${address} unresolved ${root}`),
    ]);
  });

  test("that nobody has begun to resolve is unresolved, and that of a scheduled one is nobody", async () => {
    await register(["1"]);
    const broadcast = makeBroadcast("no range");
    expect(brief(await list(broadcast))).toEqual([`1 unresolved ${rangeId(broadcast.id, 0)}`]);
    expect(await list({ ...broadcast, phase: "scheduled", releasedAt: null })).toEqual([]);
  });

  test("is as its ranges were when it was begun: what is resolved meanwhile is not listed twice", async () => {
    await register(["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    const broadcast = await start();
    const [left, right] = (await cut(broadcast, ["4"])) as [string, string];
    await resolve(broadcast, left, 0, "open");
    await resolve(broadcast, right, 1, "open");
    const ranges = await rangesOf(store.ledger, broadcast);
    await resolve(broadcast, left, 1, "closed");
    await resolve(broadcast, right, 1, "closed");
    const listed = await Array.fromAsync(listAudience(store, broadcast, ranges));
    expect(brief(listed)).toEqual([
      ...["1", "2", "3", "4"].map((address) => `${address} unresolved ${left}`),
      ...["5", "6", "7", "8"].map((address) => `${address} open`),
      `9 unresolved ${right}`,
    ]);
  });

  test("whose root was cut and then stopped, or died, is not read a second time from there", async () => {
    await register(["1", "2"]);
    for (const end of ["stopped", "dead"] as const) {
      const broadcast = await start({}, end);
      const [left, right] = (await cut(broadcast, ["1"])) as [string, string];
      const root = rangeId(broadcast.id, 0);
      if (end === "stopped") await store.ledger.stopRange(root, 0);
      else expect(await store.ledger.buryRange(root, 0, 0)).toBe("dead");
      await resolve(broadcast, left, 0, "closed");
      await resolve(broadcast, right, 0, "stopped");
      expect(brief(await list(broadcast))).toEqual(["1 open", `2 unresolved ${right}`]);
    }
  });

  test("says of members what came of them", async () => {
    await register(["1", "2"]);
    const broadcast = await start();
    await resolve(broadcast, rangeId(broadcast.id, 0), 0, "closed");
    const [chunk] = await Array.fromAsync(store.ledger.chunks(broadcast.id));
    const claim = await store.ledger.claimChunk(chunk?.id ?? "", "repeat");
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    const progress = openOf([], { outcomes: { 1: rejected("UNREGISTERED") } });
    await store.ledger.settleChunk(claim.chunk.id, claim.epoch, progress);
    const ranges = await rangesOf(store.ledger, broadcast);
    expect(await Array.fromAsync(listMembers(store, ranges))).toEqual([
      expect.objectContaining({ address: "1", path: "users/1/fcm_tokens/t", reach: "reached" }),
      expect.objectContaining({ address: "2", reach: "unreached", code: "UNREGISTERED" }),
    ]);
  });
});

const USERS = 5;
const documents = fc
  .array(
    fc.record({
      user: fc.nat(USERS),
      address: fc.option(
        fc.string({ unit: fc.constantFrom("a", "b", "\uFF5E", "\u{1F600}"), maxLength: 3 }),
        {
          freq: 8,
        },
      ),
      deviceType: fc.constantFrom("iOS", "Android"),
      createdAt: fc.constantFrom(0, START, START + 1),
    }),
    { maxLength: 40 },
  )
  .map((made) =>
    made.map(({ user, ...one }, index) => ({
      ...one,
      kind: "token" as const,
      path: `users/u${user}/fcm_tokens/${index}`,
    })),
  );
const users = Array.from({ length: USERS - 1 }, (_, user) => `users/u${user}`);
const audiences = fc.constantFrom<Audience[]>(
  {},
  { platforms: ["ios"] },
  { users },
  { users, platforms: ["ios"] },
);
const work = fc.record({
  pages: fc.nat(3),
  end: fc.constantFrom<End[]>("closed", "open", "stopped", "dead"),
});

/** The addresses of an audience at its start, by the rules in words. */
function expectedOf(made: RegistrationDocument[], { platforms, users: listed }: Audience): string[] {
  const found = made.filter(
    ({ path, deviceType, createdAt = 0 }) =>
      createdAt <= START && ofPlatforms(platforms)(deviceType) && (!listed || listed.includes(ownerOf(path))),
  );
  const addresses = new Set(found.flatMap(({ address }) => (address ? [address] : [])));
  return [...addresses].sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

test("each address of an audience is listed once and in order, however far its ranges have come", async () => {
  const property = fc.asyncProperty(
    documents,
    audiences,
    fc.boolean(),
    fc.tuple(work, work, work),
    async (made, audience, isCut, works) => {
      await store.close();
      store = createStore();
      await store.advance(1);
      await store.registrations.put(made);
      const broadcast = await start(audience);
      const ids =
        isCut && !audience.users ? await cut(broadcast, ["ab", "\uFF5E"]) : [rangeId(broadcast.id, 0)];
      for (const [index, id] of ids.entries()) {
        const { pages, end } = works[index] ?? { pages: 0, end: "open" };
        await resolve(broadcast, id, pages, end);
      }
      const listed = await list(broadcast);
      expect(listed.map(({ address }) => address)).toEqual(expectedOf(made, audience));
    },
  );
  await fc.assert(property, { numRuns: 60 });
});
