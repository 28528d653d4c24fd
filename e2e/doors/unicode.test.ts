import { composeScheduler } from "@fanfare/scheduler/compose";
import { flutterflowSettings } from "@fanfare/scheduler/flutterflow/settings";
import { startScheduler } from "@fanfare/scheduler/service";
import { openPubSub } from "@fanfare/shared/bus/pubsub-client";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { servicesOf } from "@fanfare/shared/bus/topology";
import { certainClock } from "@fanfare/shared/clock";
import { openGoogle } from "@fanfare/shared/google/open";
import { googleSettings } from "@fanfare/shared/google/settings";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { createLog } from "@fanfare/shared/hosting/log";
import { commonSettings } from "@fanfare/shared/hosting/settings";
import type { Store } from "@fanfare/shared/store";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { createStore } from "@fanfare/shared/testing/store";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { watchTopics } from "../testing/watch.ts";

/**
 * What cannot be stored is refused at the door by the field's name, and answered: requests come over the bus, the
 * scheduler takes them, and its answers are read.
 */

const REQUEST = {
  v: 1,
  caller: "shop",
  content: { title: "Hello", text: "World" },
  audience: { users: "ada" },
};
const HALF = "is not valid Unicode: half of a surrogate pair at character 6";
const text = (fields: object) => JSON.stringify({ ...REQUEST, ...fields });
const content = (fields: object) => text({ content: { ...REQUEST.content, ...fields } });

/** By what is wrong: the message, and what its sender is told. */
const REFUSED: [what: string, data: string, reason: string][] = [
  ["a title", content({ title: "Hello\ud83d" }), `INVALID_INPUT: content.title: ${HALF}`],
  ["a value of data", content({ data: { a: "Hello\ud83d" } }), `INVALID_INPUT: content.data.a: ${HALF}`],
  [
    "a key of data",
    content({ data: { "Hello\ud83d": "a" } }),
    `INVALID_INPUT: content.data.Hello\ufffd: is a key`,
  ],
  ["a user", text({ audience: { users: "Hello\ud83d" } }), `INVALID_INPUT: audience.users: ${HALF}`],
  ["a caller", text({ caller: "Hello\ud83d" }), `INVALID_INPUT: caller: ${HALF}`],
  [
    "a collapse id with a line break",
    content({ collapseId: "a\nb" }),
    "INVALID_INPUT: content.collapseId: holds",
  ],
  [
    "__proto__ in data",
    content({ data: JSON.parse('{"__proto__":"x"}') }),
    "INVALID_INPUT: content.data.__proto__: is a key that cannot be used",
  ],
  ["a JSON bomb", `{"v":1,"content":${"[".repeat(1_000_000)}`, "JSON_TOO_LARGE: "],
  ["a list of empty objects", `{"v":1,"content":[${"{},".repeat(300_000)}{}]}`, "JSON_TOO_LARGE: "],
];

interface Place {
  store: Store;
  /** Publishes a request as another service would, byte for byte. */
  publish(data: Buffer): Promise<unknown>;
  /** Every event so far. */
  events(): { type: string; reason?: string }[];
}

const config = z.object({ ...commonSettings, ...flutterflowSettings }).parse({});
const schedule = (store: Store) =>
  startScheduler({
    ...composeScheduler(config, store, certainClock, createLog("test", "silent")),
    tickMs: null,
  });

let closing: AsyncDisposableStack;
afterEach(() => closing.disposeAsync());

async function openSqlite(): Promise<Place> {
  closing = new AsyncDisposableStack();
  const store = closing.adopt(createStore(), (one) => one.close());
  closing.adopt(schedule(store), (one) => one.close());
  return {
    store,
    publish: (data) => store.bus.publish("broadcast-requests", [{ data: data.toString() }]),
    events: () => store.waiting("sender.prune") as { type: string }[],
  };
}

async function openEmulators(): Promise<Place> {
  closing = new AsyncDisposableStack();
  const project = freshProject();
  await applyTopology({ project, pull: servicesOf() });
  const google = readEnvironment(z.object(googleSettings), { FANFARE_PROJECT: project });
  const store = closing.adopt(openGoogle(google, createLog("test", "silent")), (one) => one.close());
  const events: { type: string }[] = [];
  const watch = await watchTopics(
    project,
    ["broadcast-events"],
    (_, { data }) => void events.push(JSON.parse(data)),
  );
  closing.defer(() => watch.close());
  closing.adopt(schedule(store), (one) => one.close());
  const client = closing.adopt(openPubSub(project), (one) => one.close());
  return {
    store,
    publish: (data) => client.topic("broadcast-requests").publishMessage({ data }),
    events: () => events,
  };
}

/** Publishes messages, and gives the reasons that their senders are told, in order. */
async function reasonsFor({ publish, events }: Place, messages: readonly Buffer[]): Promise<string[]> {
  for (const data of messages) await publish(data);
  await expect.poll(() => events().length, { timeout: 60_000 }).toBe(messages.length);
  return events()
    .map(({ type, reason }) => `${type}: ${reason}`)
    .toSorted();
}

async function expectAnswers(place: Place): Promise<void> {
  const messages = REFUSED.map(([, data], index) =>
    Buffer.from(data.replace('"v":1', `"v":1,"idempotencyKey":"${index}"`)),
  );
  const told = await reasonsFor(place, messages);
  for (const [what, , reason] of REFUSED)
    expect(told, what).toContainEqual(expect.stringContaining(`request.failed: ${reason}`));
  expect(await place.store.health.deadLetters(100)).toHaveLength(messages.length);
  expect(await place.store.broadcasts.list(undefined, 100)).toEqual([]);
}

async function expectTaken({ store, publish }: Place): Promise<void> {
  const title = "one\n\ttwo 👋🏽";
  const data = { constructor: "a", key: "line\nbreak" };
  const fields = { idempotencyKey: "good", content: { ...REQUEST.content, title, data } };
  await publish(Buffer.from(text(fields)));
  const list = () => store.broadcasts.list(undefined, 100);
  await expect.poll(list, { timeout: 60_000 }).toMatchObject([{ content: { title, data } }]);
}

describe("on a data file", () => {
  test("text that cannot be stored is answered by the field's name", async () => {
    await expectAnswers(await openSqlite());
  });

  test("line breaks, emojis and ordinary keys are taken", async () => {
    await expectTaken(await openSqlite());
  });
});

describeOnEmulators("on the emulators", ["pubsub", "firestore"], () => {
  test("text that cannot be stored is answered by the field's name", async () => {
    await expectAnswers(await openEmulators());
  });

  test("line breaks, emojis and ordinary keys are taken", async () => {
    await expectTaken(await openEmulators());
  });

  test("bytes that are not UTF-8 are answered, and not taken with other characters in their place", async () => {
    const place = await openEmulators();
    const [before, after] = text({ idempotencyKey: "latin-1", content: { title: "Gr|e", text: "x" } }).split(
      "|",
    );
    const latin1 = Buffer.concat([
      Buffer.from(before ?? ""),
      Buffer.from([0xfc, 0xdf]),
      Buffer.from(after ?? ""),
    ]);
    expect(await reasonsFor(place, [latin1])).toEqual([
      "request.failed: NOT_UTF8: the message's bytes are not UTF-8",
    ]);
    expect(await place.store.broadcasts.list(undefined, 100)).toEqual([]);
  });
});
