import { expect, test } from "vitest";
import { PAGE_STATUSES } from "./behaviour/faults.ts";
import { MARKS, markAddress, type Nature } from "./behaviour/natures.ts";
import { addressOf, type Client, fcmError, SEND_PATH, writeMessage } from "./testing/client.ts";
import { start } from "./testing/start.ts";

/** Answers that do not mean the death of an address, and those that wrongly say so. */

const APNS_ERROR = "type.googleapis.com/google.firebase.fcm.v1.ApnsError";
const INVALID = "Request contains an invalid argument.";
const UNAUTHENTICATED =
  "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid " +
  "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.";

/** The body of an error of FCM's whose FcmError is followed by more, or without details. */
function withDetail(body: ReturnType<typeof fcmError>, detail: object) {
  return { error: { ...body.error, details: [...body.error.details, detail] } };
}
const bare = (code: number, message: string, status: string) => ({ error: { code, message, status } });

const KEY_FAULT = withDetail(
  fcmError(401, "Auth error from APNS or Web Push Service", "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
  { "@type": APNS_ERROR, statusCode: 403, reason: "InvalidProviderToken" },
);
const UNREGISTERED = fcmError(404, "Requested entity was not found.", "NOT_FOUND", "UNREGISTERED");

const BODIES: [nature: Nature, status: number, body: object][] = [
  [
    "notForTopic",
    400,
    withDetail(fcmError(400, INVALID, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), {
      "@type": APNS_ERROR,
      statusCode: 400,
      reason: "DeviceTokenNotForTopic",
    }),
  ],
  ["bareInvalid", 400, bare(400, INVALID, "INVALID_ARGUMENT")],
  ["bareUnauthenticated", 401, bare(401, UNAUTHENTICATED, "UNAUTHENTICATED")],
  ["bareNotFound", 404, bare(404, "Requested entity was not found.", "NOT_FOUND")],
  ["withoutKey", 401, KEY_FAULT],
];

test.each(BODIES)("a %s address gets its %i at every attempt", async (nature, status, body) => {
  const { simulator, client } = await start({ error500: 1 });
  const marked = markAddress(nature, Math.random);
  for (let attempt = 1; attempt <= 5; attempt++) {
    const answer = await client.send(writeMessage(marked, "b1"));
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, body]);
  }
  expect(simulator.control.stats()).toMatchObject({ accepted: 0, byStatus: { [status]: 5 } });
});

test("an address of the shipped example has the nature of its mark", async () => {
  const { client } = await start();
  const answer = await client.send(writeMessage(`cXyZ0123456789abcdefgi${MARKS.notForTopic}xxxxxxxx`, "b1"));
  expect(answer.text).toContain("DeviceTokenNotForTopic");
});

test("a device at its own limit gets a 429 at the faulty attempts, which no quota counts, and then its message", async () => {
  const { simulator, client } = await start({
    quotaPerMinute: 1,
    retryAfterSeconds: 7,
    maxFaultyAttempts: 2,
  });
  const limited = markAddress("limited", Math.random);
  const answers = [];
  for (let attempt = 1; attempt <= 3; attempt++) answers.push(await client.send(writeMessage(limited, "b1")));
  const [first] = answers;
  expect(JSON.parse(first?.text ?? "")).toEqual(
    withDetail(
      fcmError(
        429,
        "Resource has been exhausted (e.g. check quota).",
        "RESOURCE_EXHAUSTED",
        "QUOTA_EXCEEDED",
      ),
      {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        violations: [{ subject: "device", description: "The rate of messages to this device is too high." }],
      },
    ),
  );
  expect(answers.map(({ status, headers }) => [status, headers["retry-after"]])).toEqual([
    [429, "7"],
    [429, "7"],
    [200, undefined],
  ]);
  expect(simulator.control.stats()).toMatchObject({ accepted: 1, byStatus: { 200: 1, 429: 2 } });
});

test("a dry run finds no device at its limit", async () => {
  const { client } = await start();
  const message = writeMessage(markAddress("limited", Math.random), "b1");
  const sent = await client.request("POST", SEND_PATH, JSON.stringify({ message, validate_only: true }));
  expect(sent.status).toBe(200);
});

const sendMany = (client: Client, count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => client.send(writeMessage(addressOf(n), "b1"))));

test("a page comes with any status, in HTML, before the message is accepted", async () => {
  const { simulator, client } = await start({ page: 1, maxFaultyAttempts: 1, retryAfterSeconds: 7 });
  const answers = await sendMany(client, 300);
  expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([...PAGE_STATUSES]);
  for (const { status, headers, text } of answers) {
    expect(headers["content-type"]).toBe("text/html; charset=UTF-8");
    expect(text).toMatch(new RegExp(`^<!DOCTYPE html>[\\s\\S]*<title>Error ${status} \\(`));
    expect(headers["retry-after"]).toBe(status === 429 ? "7" : undefined);
  }
  expect(simulator.control.stats().accepted).toBe(0);
  expect((await sendMany(client, 300)).every(({ status }) => status === 200)).toBe(true);
});

test("pages have the status that is asked for, and come to living addresses alone", async () => {
  const { simulator, client } = await start({ page: 0.02, pageStatus: 404 });
  const answers = await sendMany(client, 3_000);
  const pages = answers.filter(({ status }) => status === 404);
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.length).toBeLessThan(90);
  expect(pages[0]?.text).toContain("<title>Error 404 (Not Found)!!1</title>");
  expect(simulator.control.stats().accepted).toBe(3_000 - pages.length);
  simulator.control.setFaults({ page: 1 });
  const dead = await client.send(writeMessage(markAddress("dead", Math.random), "b1"));
  expect(JSON.parse(dead.text)).toEqual(UNREGISTERED);
});

test("living addresses are called dead for as long as it lasts, the same ones in every run", async () => {
  const wrong = async (seed: string) => {
    const { simulator, client } = await start({ seed, wrongDead: 0.5 });
    const first = (await sendMany(client, 300)).map(({ status }) => status);
    // Not drawn by attempt.
    const again = (await sendMany(client, 300)).map(({ status }) => status);
    expect(again).toEqual(first);
    simulator.control.setFaults({ wrongDead: 0 });
    expect((await sendMany(client, 300)).every(({ status }) => status === 200)).toBe(true);
    return first;
  };
  const first = await wrong("w");
  const count = first.filter((status) => status === 404).length;
  expect(count).toBeGreaterThan(110);
  expect(count).toBeLessThan(190);
  expect(await wrong("w")).toEqual(first);
  expect(await wrong("x")).not.toEqual(first);
});

test("an address that is wrongly called dead gets what a dead one gets", async () => {
  const { client } = await start({ wrongDead: 1 });
  const answer = await client.send(writeMessage(addressOf(1), "b1"));
  expect([answer.status, JSON.parse(answer.text)]).toEqual([404, UNREGISTERED]);
});

test("a payload fault may be of the addresses that contain a text", async () => {
  const { simulator, client } = await start({ payloadFaultFor: ":ios" });
  const ios = await client.send(writeMessage(`${addressOf(1)}:ios`, "b1"));
  expect([ios.status, JSON.parse(ios.text).error.message]).toEqual([
    400,
    "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
  ]);
  expect((await client.send(writeMessage(addressOf(2), "b1"))).status).toBe(200);
  simulator.control.setFaults({ payloadFaultFor: "" });
  expect((await client.send(writeMessage(addressOf(2), "b1"))).status).toBe(400);
});

test("a key fault is of the living addresses that contain a text", async () => {
  const { simulator, client } = await start({ keyFaultFor: ":ios" });
  const ios = await client.send(writeMessage(`${addressOf(1)}:ios`, "b1"));
  expect([ios.status, JSON.parse(ios.text)]).toEqual([401, KEY_FAULT]);
  expect((await client.send(writeMessage(addressOf(2), "b1"))).status).toBe(200);
  expect((await client.send(writeMessage(`${MARKS.dead}${addressOf(2)}:ios`, "b1"))).status).toBe(404);
  simulator.control.setFaults({ keyFaultFor: null });
  expect((await client.send(writeMessage(`${addressOf(1)}:ios`, "b1"))).status).toBe(200);
});
