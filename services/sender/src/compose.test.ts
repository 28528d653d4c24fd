import { type RawServer, startRawServer } from "@fanfare/fcm-http2/testing/raw-peer";
import { startOne } from "@fanfare/fcm-http2/testing/send";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { composeSender } from "./compose.ts";
import { workerConfig } from "./config.ts";

let store: TestStore;
let server: RawServer;

beforeEach(async () => {
  store = createStore();
  // It never says how many streams it allows, so that what is started waits for a connection.
  server = await startRawServer([]);
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
  await server.close();
});

function compose(settings: Record<string, string>) {
  const config = workerConfig.parse({
    FANFARE_PROJECT: "demo-project",
    FANFARE_FCM_ENDPOINT: server.endpoint,
    ...settings,
  });
  return composeSender(config, "demo", store);
}

test.for([
  ["1", 266],
  ["30", 8_000],
] as const)(
  "with a lease of %s s a message waits for a connection for at most %i ms",
  async ([seconds, most]) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { transport } = compose({ FANFARE_LEASE_SECONDS: seconds });
    await transport.slot();
    let answered = false;
    const answer = startOne(transport).finally(() => {
      answered = true;
    });
    await vi.advanceTimersByTimeAsync(most - 1);
    expect(answered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toEqual({ kind: "not-processed" });
    await transport.close(0);
  },
);

test("a sender's own time counts what passes on the wall clock while the machine sleeps", () => {
  const { monotonic } = compose({});
  const before = monotonic();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 600_000 });
  expect(monotonic() - before).toBeGreaterThanOrEqual(600_000 - 50);
});
