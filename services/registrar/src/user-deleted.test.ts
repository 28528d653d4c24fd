import { RetryableError } from "@fanfare/shared/errors";
import { writeField, writeNumber } from "@fanfare/shared/google/protobuf";
import { START } from "@fanfare/shared/testing/clock";
import { makeDocument } from "@fanfare/shared/testing/records";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Bench, startBench } from "./testing/bench.ts";

let store: TestStore;
let bench: Bench;
/** What removing does, where a test says so. */
let removeUser: TestStore["registrations"]["removeUser"];
beforeEach(async () => {
  store = createStore();
  removeUser = store.registrations.removeUser;
  bench = await startBench({ ...store.registrations, removeUser: (owner, at) => removeUser(owner, at) });
  await store.registrations.put([makeDocument("ada", "old"), makeDocument("bob", "another")]);
});
afterEach(async () => {
  await bench.close();
  await store.close();
});

interface Told {
  headers: Record<string, string>;
  body: string | Buffer;
}

const isoOf = (time: number) => new Date(time).toISOString();
const JSON_TYPE = "application/json";
const ACCOUNT = "google.firebase.auth.user.v1.deleted";
const LEGACY = "providers/firebase.auth/eventTypes/user.delete";

/** As Eventarc delivers it: the document as it was, as protobuf. */
function documentTold(path: string, at?: number, kind = "deleted"): Told {
  const name = `projects/p/databases/(default)/documents/${path}`;
  const document = [writeField(1, name), writeField(3, [writeNumber(1, 1_700_000_000)])];
  const headers = {
    "content-type": "application/protobuf",
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "//firestore.googleapis.com/projects/p/databases/(default)",
    "ce-type": `google.cloud.firestore.document.v1.${kind}`,
    ...(at !== undefined && { "ce-time": isoOf(at) }),
  };
  return { headers, body: writeField(2, document) };
}

function accountTold(uid: unknown, at?: number): Told {
  const headers = {
    "content-type": JSON_TYPE,
    "ce-specversion": "1.0",
    "ce-type": ACCOUNT,
    ...(at !== undefined && { "ce-time": isoOf(at) }),
  };
  return { headers, body: JSON.stringify({ uid, email: "ada@example.com" }) };
}

function structuredTold(uid: unknown, at?: number, type = ACCOUNT): Told {
  const event = { specversion: "1.0", id: "1", source: "s", type, data: { uid } };
  const time = at === undefined ? {} : { time: isoOf(at) };
  const headers = { "content-type": "application/cloudevents+json" };
  return { headers, body: JSON.stringify({ ...event, ...time }) };
}

function legacyTold(uid: unknown, at?: number, eventType = LEGACY): Told {
  const context = { eventId: "1", eventType, ...(at !== undefined && { timestamp: isoOf(at) }) };
  return { headers: { "content-type": JSON_TYPE }, body: JSON.stringify({ data: { uid }, context }) };
}

const tell = async ({ headers, body }: Told) =>
  (await bench.fetch("userDeleted", { method: "POST", headers, body: new Uint8Array(Buffer.from(body)) }))
    .status;
const addresses = async () =>
  (await store.registrations.readOwned(["users/ada", "users/bob"])).map(({ address }) => address).sort();

describe.each([
  ["a document", (uid: string, at?: number) => documentTold(`users/${uid}`, at)],
  ["an account, its type in a header", accountTold],
  ["an account, all in the body", structuredTold],
  ["an account, for the first generation", legacyTold],
])("told that %s is gone", (_, told) => {
  test("the user's registrations and tombstones go, and nobody else's", async () => {
    const dead = [{ address: "old", kind: "token" as const, code: "UNREGISTERED" }];
    await store.registrations.prune({ broadcast: "b", notSince: START, dead });
    await store.registrations.put([makeDocument("ada", "another device")]);
    expect(await tell(told("ada"))).toBe(204);
    expect(await addresses()).toEqual(["another"]);
    expect(await store.registrations.countPruned("b")).toBe(0);
    expect(await tell(told("ada")), "told twice").toBe(204);
  });

  test("what was registered since stays", async () => {
    await store.advance(10_000);
    const path = "users/ada/fcm_tokens/new";
    await store.registrations.put([makeDocument("ada", "new", { path })]);
    expect(await tell(told("ada", START + 5_000))).toBe(204);
    expect(await addresses()).toEqual(["another", "new"]);
  });
});

test.each<[string, Told]>([
  ["a document that was written", documentTold("users/ada", START, "updated")],
  ["a document below a user's", documentTold("users/ada/fcm_tokens/t", START)],
  ["a document of another collection", documentTold("people/ada", START)],
  ["a document's event without the document", { ...documentTold("users/ada"), body: Buffer.of() }],
  [
    "a time that is none",
    { ...accountTold("ada"), headers: { ...accountTold("ada").headers, "ce-time": "now" } },
  ],
  ["an account without a user", accountTold(undefined)],
  ["an account of no name that Firestore knows", accountTold("a/b")],
  ["an account with an empty name", structuredTold("")],
  ["an account that was made", structuredTold("ada", START, "google.firebase.auth.user.v1.created")],
  ["and so for the first generation", legacyTold("ada", START, LEGACY.replace("delete", "create"))],
  [
    "an event of something else",
    { ...accountTold("ada"), headers: { "ce-type": "t", "content-type": JSON_TYPE } },
  ],
  ["nothing of the kind", { headers: { "content-type": JSON_TYPE }, body: '{"hello":"world"}' }],
  ["no JSON", { headers: { "content-type": JSON_TYPE }, body: "hello" }],
])("nobody is gone by %s", async (_, told) => {
  expect(await tell(told)).toBe(400);
  expect(await addresses()).toEqual(["another", "old"]);
  expect(bench.lines).toHaveLength(1);
});

test.each([new RetryableError("BUSY", "later"), new Error("no place for old")])(
  "it is to be told again after %s",
  async (error) => {
    removeUser = () => Promise.reject(error);
    expect(await tell(accountTold("ada"))).toBe(503);
    expect(bench.lines).toHaveLength(1);
    expect(bench.lines[0]).not.toContain("no place");
    removeUser = store.registrations.removeUser;
    expect(await tell(accountTold("ada"))).toBe(204);
  },
);

test("who only looks is sent away", async () => {
  expect(await bench.fetch("userDeleted", { method: "GET" })).toMatchObject({ status: 405 });
});
