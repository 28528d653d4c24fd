import { expect, test } from "vitest";
import { markAddress } from "./behaviour/natures.ts";
import { addressOf, fcmError, SEND_PATH, writeMessage } from "./testing/client.ts";
import { start } from "./testing/start.ts";

const address = addressOf(1);

/** As published in firebase-admin-go's issue 719: without FcmError. */
const OVER_QUOTA = {
  error: {
    code: 429,
    message:
      "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of service " +
      "'fcm.googleapis.com' for consumer 'project_number:demo'.",
    status: "RESOURCE_EXHAUSTED",
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "RATE_LIMIT_EXCEEDED",
        domain: "googleapis.com",
        metadata: {
          quota_limit_value: "3",
          consumer: "projects/demo",
          quota_metric: "fcm.googleapis.com/send_requests",
          quota_unit: "1/min/{project}",
          service: "fcm.googleapis.com",
          quota_location: "global",
          quota_limit: "SendsPerMinutePerProject",
        },
      },
      {
        "@type": "type.googleapis.com/google.rpc.Help",
        links: [
          {
            description: "Request a higher quota limit.",
            url: "https://cloud.google.com/docs/quotas/help/request_increase",
          },
        ],
      },
    ],
  },
};

test("a quota is spent by every answer but 429, says when it refills, and refills", async () => {
  let nowMs = 5_000;
  const { simulator, client } = await start({ quotaPerMinute: 3, now: () => nowMs });
  const dead = markAddress("dead", Math.random);
  expect((await client.send(writeMessage(dead, "b1"))).status).toBe(404);
  expect((await client.send(writeMessage(addressOf(1), "b1"))).status).toBe(200);
  nowMs += 20_500;
  expect((await client.send(writeMessage(addressOf(2), "b1"))).status).toBe(200);
  const over = await client.send(writeMessage(addressOf(3), "b1"));
  expect(over.status).toBe(429);
  expect(JSON.parse(over.text)).toEqual(OVER_QUOTA);
  expect(over.headers["retry-after"]).toBe("40");
  nowMs += 39_500;
  expect((await client.send(writeMessage(addressOf(3), "b1"))).status).toBe(200);
  expect(simulator.control.stats()).toMatchObject({ accepted: 3, byStatus: { 200: 3, 404: 1, 429: 1 } });
});

test("a refusal over quota takes none of the faulty attempts", async () => {
  const { simulator, client } = await start({ quotaPerMinute: 0, error500: 1, maxFaultyAttempts: 1 });
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(429);
  simulator.control.setFaults({ quotaPerMinute: null });
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(500);
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(200);
});

test("error429 says how long to wait, and counts toward no quota", async () => {
  const { simulator, client } = await start({ error429: 1, retryAfterSeconds: 7, quotaPerMinute: 1 });
  const overload = fcmError(
    429,
    "Resource has been exhausted (e.g. check quota).",
    "RESOURCE_EXHAUSTED",
    "QUOTA_EXCEEDED",
  );
  for (let i = 0; i < 3; i++) {
    const answer = await client.send(writeMessage(address, "b1"));
    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "7"]);
    expect(JSON.parse(answer.text)).toEqual(overload);
    simulator.control.setFaults({ retryAfterSeconds: 7 });
  }
  expect((await client.send(writeMessage(address, "b1"))).status).toBe(200);
  simulator.control.setFaults({ retryAfterSeconds: null, quotaPerMinute: null });
  const bare = await client.send(writeMessage(addressOf(2), "b1"));
  expect([bare.status, bare.headers["retry-after"]]).toEqual([429, undefined]);
});

test("error429 may say how long to wait by a date, over either version of HTTP", async () => {
  const { simulator, client } = await start({ error429: 1, retryAfterDate: true, retryAfterSeconds: 7 });
  const two = await client.send(writeMessage(address, "b1"));
  const one = await fetch(`${simulator.url}${SEND_PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: writeMessage(address, "b1") }),
  });
  const fields = [two.headers, Object.fromEntries(one.headers)];
  expect([two.status, one.status]).toEqual([429, 429]);
  for (const { date, "retry-after": at } of fields) {
    expect(at).toMatch(/^\w{3}, \d\d \w{3} \d{4} .+ GMT$/);
    expect(Date.parse(String(at)) - Date.parse(String(date))).toBe(7_000);
  }
});
