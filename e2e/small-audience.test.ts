import { resolveRange } from "@fanfare/resolver/resolve-range";
import { certainClock } from "@fanfare/shared/clock";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import type { Platform } from "@fanfare/shared/domain/registration";
import { createLog } from "@fanfare/shared/hosting/log";
import { CATCH_UP_MS, submit } from "@fanfare/shared/operations/submit";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import { runsOf } from "@fanfare/shared/testing/runs";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import fc from "fast-check";
import { expect, test } from "vitest";

const USERS = 6;

const documents: fc.Arbitrary<RegistrationDocument[]> = fc
  .array(
    fc.record({
      user: fc.nat(USERS),
      address: fc.option(fc.string({ unit: "binary", maxLength: 2 }), { freq: 6 }),
      kind: fc.constantFrom("token", "fid"),
      deviceType: fc.constantFrom("iOS", "android", "Fuchsia"),
      // Long before the release, or just after it.
      createdAt: fc.constantFrom(0, undefined),
    }),
    { maxLength: 40 },
  )
  .map((made) =>
    made.map(({ user, ...one }, index) => ({ ...one, path: `users/u${user}/fcm_tokens/${index}` })),
  );

const platforms = fc.constantFrom<(Platform[] | undefined)[]>(undefined, ["ios"], ["android", "web"]);

/** What the ledger holds of a broadcast, and the broadcast itself, when its audience is resolved. */
async function look(store: TestStore, id: string) {
  return {
    broadcast: { ...(await store.broadcasts.get(id)), version: 0 },
    ranges: await store.ledger.ranges(id),
    chunks: await Array.fromAsync(store.ledger.chunks(id)),
    books: await store.ledger.books(id),
    told: store.waiting("sender.chunks-urgent"),
  };
}

/** Submits a broadcast to users; `planned` by the scheduler, or left to the resolver. */
async function send(made: RegistrationDocument[], only: Platform[] | undefined, planned: boolean) {
  const store = createStore();
  await store.registrations.put(made);
  const users = Array.from({ length: USERS }, (_, user) => `u${user}`);
  const request = {
    caller: "test",
    idempotencyKey: "small",
    content: { title: "Hello", text: "World" },
    audience: only ? { users, platforms: only } : { users },
  };
  const readOwned = () => Promise.reject(new Error("left to the resolver"));
  const registrations = planned ? store.registrations : { ...store.registrations, readOwned };
  const rules = {
    usersCollection: "users",
    catchUpMs: CATCH_UP_MS,
    longestMs: LONGEST_MS,
    clock: certainClock,
  };
  const now = () => store.now() - 1_000;
  const { id } = await submit({ ...store, ...rules, registrations, now }, request, "direct");
  const [root] = await store.ledger.ranges(id);
  expect(root?.state).toBe(planned ? "closed" : "open");
  const draining = new AbortController().signal;
  const log = createLog("resolver", "silent");
  const parts = { monotonic: store.now, rangeSize: 10, lease: { leaseMs: 30_000 }, draining, log };
  if (root && !planned) await resolveRange({ ...store, ...parts, now }, root.id);
  const seen = await look(store, id);
  await store.close();
  return seen;
}

test("a small audience that the scheduler plans is what the resolver would have made of it", async () => {
  const property = fc.asyncProperty(documents, platforms, async (made, only) => {
    expect(await send(made, only, true)).toEqual(await send(made, only, false));
  });
  await fc.assert(property, { numRuns: runsOf(150) });
});
