import { rangeId } from "@fanfare/shared/domain/ids";
import { parseRequest } from "@fanfare/shared/events/broadcast-requests";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { openFreshFirestore } from "@fanfare/shared/testing/firestore";
import { makeDocument } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveRange } from "./resolve-range.ts";
import { type Bench, createBench } from "./testing/bench.ts";

let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

/** After every document, by whichever clock. */
const LATER = Date.UTC(2100, 0);

/** A reference as people type it, each in another way. */
function typed(user: number): string {
  const forms = [`users/u${user}`, `/users/u${user}`, ` users/u${user}`, `u${user}`, `users/u${user}\n`];
  return forms[user % forms.length] ?? "";
}

/**
 * Every user has a device, every third a second one that the next user has as well, every tenth a document without an
 * address. The addresses of the devices that `count` users have together.
 */
function registrationsOf(count: number) {
  const documents = Array.from({ length: count }, (_, user) => [
    makeDocument(`u${user}`, `own-${user}`),
    ...(user % 3 === 0
      ? [makeDocument(`u${user}`, `shared-${user}`, { path: `users/u${user}/fcm_tokens/a` })]
      : []),
    ...(user % 3 === 1
      ? [makeDocument(`u${user}`, `shared-${user - 1}`, { path: `users/u${user}/fcm_tokens/b` })]
      : []),
    ...(user % 10 === 0 ? [makeDocument(`u${user}`, null, { path: `users/u${user}/fcm_tokens/c` })] : []),
  ]).flat();
  const addresses = new Set(documents.flatMap(({ address }) => (address === null ? [] : [address])));
  return { documents, addresses: [...addresses].sort(), withoutAddress: Math.ceil(count / 10) };
}

/** What a caller asks for, with doubles, empty entries, and somebody who is not there. */
function audienceOf(count: number) {
  const users = [
    ...Array.from({ length: count }, (_, user) => typed(user)),
    "users/nobody",
    "",
    "u0",
    "/users/u1",
  ];
  const content = { title: "Hello", text: "World" };
  return parseRequest({ caller: "test", idempotencyKey: "k", content, audience: { users } }, "users")
    .audience;
}

async function expectResolved(count: number): Promise<void> {
  const { addresses, withoutAddress } = registrationsOf(count);
  const audience = audienceOf(count);
  expect(audience.users).toHaveLength(count + 1);
  const { id } = await bench.start("listed", { audience, releasedAt: LATER });
  expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
  expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
  expect(await bench.store.ledger.books(id)).toMatchObject({ resolved: addresses.length, withoutAddress });
}

test("10,000 listed users are read, and each of their devices is reached once", async () => {
  await bench.store.registrations.put(registrationsOf(10_000).documents);
  await expectResolved(10_000);
});

describeOnEmulators("on Firestore", ["firestore"], () => {
  test("600 listed users are read many at once, and each of their devices is reached once", async () => {
    const firestore = openFreshFirestore();
    bench.deps.registrations = createFirestoreRegistrations(firestore);
    await bench.deps.registrations.put(registrationsOf(600).documents);
    await expectResolved(600);
    await firestore.terminate();
  });
});
