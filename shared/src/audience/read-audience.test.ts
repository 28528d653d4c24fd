import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isBefore } from "../domain/bounds.ts";
import type { Audience } from "../domain/broadcast.ts";
import { makeDocument } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { readAudience } from "./read-audience.ts";

const EVERYTHING = { after: "", upTo: null };

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const users = (...uids: string[]) => uids.map((uid) => `users/${uid}`);

async function read(audience: Audience, span = EVERYTHING): Promise<(string | null)[]> {
  const batches = await Array.fromAsync(readAudience(store, audience, span).batches);
  return batches.flat().map(({ address }) => address);
}

describe("listed users", () => {
  test("come in the order of the addresses' bytes, not of their characters", async () => {
    const addresses = ["b", "\u{1F600}", "é", "\uFF5E", "a", "Z", "ab", "a\u0000"];
    const uids = addresses.map((_, index) => `u${index}`);
    await store.registrations.put(
      addresses.map((address, index) => makeDocument(uids[index] ?? "", address)),
    );
    expect(await read({ users: users(...uids.toReversed()) })).toEqual([
      "Z",
      "a",
      "a\u0000",
      "ab",
      "b",
      "é",
      "\uFF5E",
      "\u{1F600}",
    ]);
  });

  test("are read in the order in which everybody is", async () => {
    const addresses = fc.uniqueArray(fc.string({ unit: "binary", minLength: 1, maxLength: 3 }), {
      minLength: 1,
    });
    const property = fc.asyncProperty(addresses, async (texts) => {
      const fresh = createStore();
      await fresh.registrations.put(texts.map((text, index) => makeDocument(`u${index}`, text)));
      const audience = { users: texts.map((_, index) => `users/u${index}`) };
      const [listed, all] = await Promise.all(
        [audience, {}].map((whom) => Array.fromAsync(readAudience(fresh, whom, EVERYTHING).batches)),
      );
      expect(listed?.flat()).toEqual(all?.flat());
      await fresh.close();
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test("are they alone, with all their devices, those without an address left out", async () => {
    const second = { ...makeDocument("a", "2"), path: "users/a/fcm_tokens/second" };
    const empty = { ...makeDocument("a", null), path: "users/a/fcm_tokens/empty" };
    await store.registrations.put([makeDocument("a", "1"), second, empty, makeDocument("b", "3")]);
    expect(await read({ users: users("a", "missing") })).toEqual(["1", "2"]);
    expect(await read({ users: users("missing") })).toEqual([]);
  });

  test("are filtered by platform, in every spelling of it", async () => {
    const types = ["iOS", "ios", "iPad 17", "Android", "web", "FCM", ""];
    await store.registrations.put(
      types.map((deviceType, index) => makeDocument(`u${index}`, String(index), { deviceType })),
    );
    const listed = users(...types.map((_, index) => `u${index}`));
    expect(await read({ users: listed, platforms: ["ios"] })).toEqual(["0", "1", "2"]);
    expect(await read({ users: listed, platforms: ["web", "android"] })).toEqual(["3", "4"]);
    expect(await read({ users: listed })).toHaveLength(types.length);
  });

  test("go on after the cursor, without it", async () => {
    const addresses = ["a", "b", "b\u0000", "c", "é"];
    await store.registrations.put(addresses.map((address, index) => makeDocument(`u${index}`, address)));
    const listed = { users: users(...addresses.map((_, index) => `u${index}`)) };
    for (const after of [...addresses, "aa", "\u{1F600}"]) {
      const rest = addresses.filter((address) => isBefore(after, address));
      expect(await read(listed, { after, upTo: null })).toEqual(rest);
    }
  });

  test("may be more than are read at once", async () => {
    const uids = Array.from({ length: 1_203 }, (_, index) => `u${index}`);
    await store.registrations.put(
      uids.map((uid, index) => makeDocument(uid, String(index).padStart(5, "0"))),
    );
    const found = await read({ users: users(...uids.toReversed()) });
    expect(found).toEqual(uids.map((_, index) => String(index).padStart(5, "0")));
  });
});

describe("everybody", () => {
  test("is read within the span and the platforms", async () => {
    await store.registrations.put([
      makeDocument("a", "1"),
      makeDocument("b", "2", { deviceType: "iOS" }),
      makeDocument("c", "3"),
      makeDocument("d", "4"),
    ]);
    expect(await read({})).toEqual(["1", "2", "3", "4"]);
    expect(await read({ platforms: ["android"] }, { after: "1", upTo: null })).toEqual(["3", "4"]);
  });
});

describe("documents without an address", () => {
  beforeEach(async () => {
    await store.registrations.put([
      makeDocument("a", null),
      makeDocument("b", "", { deviceType: "iOS" }),
      makeDocument("c", "1"),
    ]);
  });

  const count = (audience: Audience) => readAudience(store, audience, EVERYTHING).countWithoutAddress();

  test("of everybody are counted", async () => {
    expect(await count({})).toBe(2);
  });

  test("of listed users are counted, and nobody else's", async () => {
    expect(await count({ users: users("a", "c") })).toBe(1);
    expect(await count({ users: users("c") })).toBe(0);
  });

  test("of listed users are counted by what was read of them anyway", async () => {
    let calls = 0;
    const { registrations } = store;
    const counting = {
      ...registrations,
      readOwned(owners: readonly string[]) {
        calls += 1;
        return registrations.readOwned(owners);
      },
    };
    const reading = readAudience(
      { ...store, registrations: counting },
      { users: users("a", "c") },
      EVERYTHING,
    );
    expect(calls).toBe(0);
    expect((await Array.fromAsync(reading.batches)).flat()).toHaveLength(1);
    expect(await reading.countWithoutAddress()).toBe(1);
    expect(calls).toBe(1);
  });
});
