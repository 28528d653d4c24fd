import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PushingSubscription } from "../../bus/pushing.ts";
import { JSON_TYPES } from "../../hosting/door.ts";
import { createRequests } from "../../hosting/http-functions.ts";
import { createLog } from "../../hosting/log.ts";
import type { PushMode } from "../../hosting/push-auth.ts";
import { pushDoor } from "../../hosting/push-door.ts";
import { serveFunction } from "../../testing/serve-function.ts";
import { createStore } from "../../testing/store.ts";
import { checkPushes } from "./pushes.ts";

let closing: AsyncDisposableStack;
beforeEach(() => {
  closing = new AsyncDisposableStack();
});
afterEach(() => closing.disposeAsync());

const PROOF = { account: "pushes@p.iam.gserviceaccount.com", audience: "https://function.example.run.app" };

async function examinePushes(pushing: () => Promise<PushingSubscription[]>) {
  const store = closing.adopt(createStore(), (one) => one.close());
  return checkPushes({ ...store, now: store.now(), patienceMs: 0, clockHelp: "", pushing });
}

/** One of ours, under its own guard. */
async function serve(mode: PushMode): Promise<string> {
  const refused = { failure: "unauthenticated", reason: "no token" } as const;
  const auth = { mode, check: () => (mode === "off" ? undefined : refused) };
  const requests = createRequests({ project: "p", log: createLog("test", "silent") });
  const answer = async () => ({ status: 400 });
  const guarded = requests.handle(pushDoor(auth, { maxBytes: 100, types: JSON_TYPES }), answer);
  return closing.adopt(await serveFunction("pushed", guarded), (one) => one.close()).url;
}

/** What is not ours, or Google before it. */
async function answering(status: number): Promise<string> {
  const server: Server = createServer((_, response) => void response.writeHead(status).end());
  closing.defer(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const found = async (endpoint: string, proof: Partial<typeof PROOF> = PROOF) =>
  examinePushes(async () => [{ subscription: "sender.chunks", endpoint, ...proof }]);

test.each([401, 403])("Google refuses a call without a token by %i", async (status) => {
  expect(await found(await answering(status))).toMatchObject([{ check: "pushes", ok: true }]);
});

test("a function that verifies each token may be reached without one", async () => {
  expect(await found(await serve("verify"))).toMatchObject([{ ok: true }]);
});

test("a function that leaves it to Cloud Run must not be reached", async () => {
  const message = expect.stringContaining("FANFARE_PUSH_AUTH=iam");
  expect(await found(await serve("iam"))).toMatchObject([{ ok: false, about: "sender.chunks", message }]);
});

test("on an emulator nothing is proved, on this machine alone", async () => {
  const message = expect.stringContaining("proves nothing");
  expect(await found(await serve("off"), {})).toMatchObject([{ ok: true, message }]);
});

test.each([200, 204, 404, 500])("what answers %i is not a function of Fanfare's", async (status) => {
  const message = expect.stringContaining(`answers ${status}`);
  expect(await found(await answering(status))).toMatchObject([{ ok: false, message }]);
});

test("what does not answer is reported", async () => {
  const url = await answering(200);
  await closing.disposeAsync();
  closing = new AsyncDisposableStack();
  expect(await found(url)).toMatchObject([
    { ok: false, message: expect.stringContaining("does not answer") },
  ]);
});

test("a subscription without an account pushes without a token", async () => {
  const message = expect.stringContaining("without a token");
  expect(await found("https://function.example.run.app", {})).toMatchObject([{ ok: false, message }]);
});

test("Pub/Sub that cannot be asked is reported, and one that pushes nowhere is not", async () => {
  const refused = () => Promise.reject(new Error("PERMISSION_DENIED"));
  expect(await examinePushes(refused)).toMatchObject([{ ok: false }]);
  expect(await examinePushes(async () => [])).toMatchObject([
    { ok: true, message: "no function is pushed to" },
  ]);
});
