import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { servicesOf } from "@fanfare/shared/bus/topology";
import { makePushToken, PUSH_ACCOUNT, stripSignature } from "@fanfare/shared/testing/google-accounts";
import { describe, expect, test } from "vitest";
import type { Running } from "../testing/deployed.ts";
import { useDeployment } from "../testing/use-deployment.ts";

/** What `npm run build` makes, started as it is deployed and with a small heap, against what no caller should send. */

const HEAP_MB = 256;
const SECRET = "dGhlLXNlY3JldC1hZGRyZXNz:APA91b";
const AUDIENCE = "https://function.example.run.app";
const SETTINGS = {
  FANFARE_PROJECT: "demo-project",
  FANFARE_REGION: "us-central1",
  FANFARE_PUSH_ACCOUNT: PUSH_ACCOUNT,
  FANFARE_PUSH_AUDIENCE: AUDIENCE,
  FANFARE_LOG_LEVEL: "debug",
  NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
};
const CALLABLES = ["registrar.addFcmToken", "registrar.removeFcmToken"];
const SERVICES = servicesOf().map((service) => `${service}.push`);
const PUSHED = [...SERVICES, "scheduler.documents", "registrar.userDeleted"];
/** The longest body of each, in bytes. */
const MAX: Record<string, number> = { push: 14 << 20, documents: 4 << 20, userDeleted: 4 << 20 };
const CALLABLE_MAX = 16 << 10;

const deployment = useDeployment();

const running = new Map<string, Promise<Running>>();

/** One process of a function for all tests that do not ask for another. */
function serve(name: string, settings: Record<string, string> = {}): Promise<Running> {
  const key = JSON.stringify([name, settings]);
  const known = running.get(key) ?? start(name, settings);
  running.set(key, known);
  return known;
}

async function start(name: string, settings: Record<string, string>): Promise<Running> {
  const [service = "", target = ""] = name.split(".");
  const started = await deployment().serve(service, target, { ...SETTINGS, ...settings });
  await started.listens;
  return started;
}

const JSON_TYPE = { "content-type": "application/json" };
const PROOF = { authorization: `Bearer ${makePushToken(AUDIENCE)}` };
const headersFor = (name: string) => (CALLABLES.includes(name) ? JSON_TYPE : { ...JSON_TYPE, ...PROOF });
const maxOf = (name: string) => MAX[name.split(".")[1] ?? ""] ?? CALLABLE_MAX;

type Body = NonNullable<RequestInit["body"]>;

interface Answer {
  status: number;
  text: string;
  type: string;
}

async function send(
  { url }: Running,
  body: Body,
  headers: Record<string, string>,
  path = "",
): Promise<Answer> {
  const streamed = body instanceof ReadableStream && { duplex: "half" as const };
  const response = await fetch(url + path, { method: "POST", headers, body, ...streamed });
  return {
    status: response.status,
    text: await response.text(),
    type: response.headers.get("content-type") ?? "",
  };
}

/** Of untold length: the sender goes on until it is turned away. */
function endless(megabytes: number): ReadableStream {
  const piece = Buffer.alloc(1 << 20, "[");
  let left = megabytes;
  return new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close()),
  });
}

/** The most memory that a process has held, in megabytes. */
function peakMb({ pid }: Running): number {
  const [, kb = 0] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kb) / 1024);
}

const gzipped = gzipSync(Buffer.alloc(100 << 20, " "));

/** One behind each kind of door, and every service that Pub/Sub pushes to. */
const DOORS = ["registrar.addFcmToken", "registrar.userDeleted", "scheduler.documents", ...SERVICES];

describe("memory", () => {
  test.concurrent.each(DOORS)(
    "a body that is huge, compressed or endless is turned away before it is parsed: %s",
    async (name) => {
      const running = await serve(name);
      const headers = headersFor(name);
      const turnedAway = async (body: Body, more: Record<string, string> = {}) =>
        // A client that goes on sending may lose its connection before it reads the answer.
        (await send(running, body, { ...headers, ...more }).catch(() => undefined))?.status ?? 413;
      const max = maxOf(name);
      expect(await turnedAway(gzipped, { "content-encoding": "gzip" })).toBe(
        CALLABLES.includes(name) ? 400 : 415,
      );
      expect(await turnedAway(Buffer.alloc(30 << 20, "["))).toBe(413);
      expect(await turnedAway(endless(30))).toBe(413);
      // As long as the door allows, and of the kinds that take many times their length once they are parsed.
      const largest = ["[", "[{},", '{"a":'].map((piece) => piece.repeat(max / piece.length));
      const answers = await Promise.all([...largest, ...largest].map((body) => turnedAway(body)));
      expect(answers).toEqual(answers.map(() => 400));
      const alive = await send(running, "{}", headers);
      expect(alive.status).toBe(400);
      if (process.platform === "linux") expect(peakMb(running)).toBeLessThan(HEAP_MB);
    },
  );
});

/** Requests that hold an address where something may stumble over it. */
const STUMBLES: [what: string, body: Body, headers?: Record<string, string>, path?: string][] = [
  ["JSON that breaks off", `{"data":{"fcmToken":"${SECRET}`],
  ["text", SECRET],
  ["a text in JSON", `"${SECRET}"`],
  ["an unknown field", JSON.stringify({ [SECRET]: SECRET })],
  ["a form", `token=${SECRET}`, { "content-type": "application/x-www-form-urlencoded" }],
  ["a strange media type", "{}", { "content-type": `application/${SECRET}` }],
  ["a strange charset", "{}", { "content-type": `application/json; charset=${SECRET}` }],
  ["a strange encoding", "{}", { "content-encoding": SECRET }],
  ["bad gzip", SECRET, { "content-encoding": "gzip" }],
  ["bytes that are not text", Buffer.from(`{"a":"${SECRET}\xff"}`, "latin1")],
  ["a path that cannot be decoded", "{}", {}, `%ff${encodeURIComponent(SECRET)}`],
  ["a query that cannot be decoded", "{}", {}, `?${SECRET}=%ff`],
  ["a token that is not one", "{}", { authorization: `Bearer ${SECRET}` }],
  ["a token whose parts are not JSON", "{}", { authorization: "Bearer c2VjcmV0.c2VjcmV0.c2VjcmV0" }],
  ["another method", "{}", { "x-http-method-override": "GET" }],
  [
    "a push with an address for a subscription",
    JSON.stringify({ subscription: SECRET, message: { messageId: SECRET, data: "" } }),
  ],
  [
    "a push with an address for its data",
    JSON.stringify({
      subscription: "projects/p/subscriptions/s",
      message: { messageId: "1", data: Buffer.from(`{"v":"${SECRET}","${SECRET}":1}`).toString("base64") },
    }),
  ],
  [
    "an event of an address",
    "{}",
    { "content-type": "application/protobuf", "ce-type": SECRET, "ce-subject": SECRET },
  ],
];

describe("secrets", () => {
  test.concurrent.each([...CALLABLES, ...PUSHED])(
    "nothing of a malformed request is written down or sent back, and each error is JSON: %s",
    async (name) => {
      const running = await serve(name);
      for (const [what, body, headers = {}, path = ""] of STUMBLES) {
        const { status, text, type } = await send(running, body, { ...headersFor(name), ...headers }, path);
        expect([400, 401, 404, 415], `${what}: ${status}`).toContain(status);
        expect(type, what).toMatch(/^application\/json/);
        expect(Object.keys(JSON.parse(text)), what).toEqual(["error"]);
        expect(text, what).not.toContain(SECRET);
      }
      const output = running.output();
      expect(output).not.toContain(SECRET);
      expect(output).not.toMatch(/SyntaxError|URIError|node_modules|<html/i);
    },
  );

  test("a flood of malformed requests is one line of each kind a minute", async () => {
    const running = await serve("registrar.addFcmToken", { FANFARE_LOG_LEVEL: "warn" });
    for (let n = 0; n < 50; n++) await send(running, "{", JSON_TYPE);
    expect(running.output().match(/malformed JSON/g)).toHaveLength(1);
  });
});

describe("pushes", () => {
  const push = JSON.stringify({
    subscription: "projects/p/subscriptions/another",
    message: { messageId: "1", data: "" },
  });
  const good = makePushToken(AUDIENCE);
  const bearer = (token: string) => ({ ...JSON_TYPE, authorization: `Bearer ${token}` });

  /** 404 for a subscription that is not ours: it was believed. */
  const BELIEVED = [404, 400];

  const statusOf = async (running: Running, headers: Record<string, string>) =>
    (await send(running, push, headers)).status;

  test.concurrent.each(PUSHED)("are believed only by a token that Google has signed: %s", async (name) => {
    const running = await serve(name);
    expect(BELIEVED).toContain(await statusOf(running, bearer(good)));
    expect(await statusOf(running, JSON_TYPE)).toBe(401);
    expect(await statusOf(running, bearer(good.slice(0, -4)))).toBe(401);
    expect(await statusOf(running, bearer(stripSignature(good)))).toBe(401);
  });

  test.concurrent.each(["scheduler.push", "scheduler.documents", "registrar.userDeleted"])(
    "whose signature Google removed are believed where Cloud Run checks it, if all else is right: %s",
    async (name) => {
      const running = await serve(name, { FANFARE_PUSH_AUTH: "iam" });
      const stripped = (claims = {}) => bearer(stripSignature(makePushToken(AUDIENCE, claims)));
      expect(BELIEVED).toContain(await statusOf(running, stripped()));
      expect(await statusOf(running, JSON_TYPE)).toBe(401);
      expect(await statusOf(running, stripped({ exp: 1_700_000_000 }))).toBe(401);
      expect(await statusOf(running, stripped({ email_verified: false }))).toBe(401);
      expect(await statusOf(running, bearer(good.slice(0, -4)))).toBe(401);
    },
  );
});
