import { afterEach, expect, test } from "vitest";
import { createSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";
import { addressOf, type Client, connectClient, SEND_PATH, writeMessage } from "./testing/client.ts";

let simulator: Simulator;
let client: Client;

async function start(options: SimulatorOptions): Promise<void> {
  simulator = await createSimulator(options);
  client = await connectClient(simulator.url);
}

afterEach(async () => {
  client.close();
  await simulator.close();
});

const send = (n: number, token?: string) =>
  client.send(
    writeMessage(addressOf(n), "b1"),
    token === undefined ? {} : { authorization: `Bearer ${token}` },
  );

test("a garbled error is a page, nothing, half its JSON, or its JSON as text", async () => {
  await start({ garble: 1, shares: { dead: 1 }, maxFaultyAttempts: 1 });
  const whole = JSON.stringify({
    error: {
      code: 404,
      message: "Requested entity was not found.",
      status: "NOT_FOUND",
      details: [
        { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "UNREGISTERED" },
      ],
    },
  });
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => send(n)));
  const forms = Map.groupBy(answers, ({ headers, text }) => `${headers["content-type"]} ${text}`);
  expect([...forms.keys()].sort()).toEqual([
    "application/json; charset=UTF-8 ",
    `application/json; charset=UTF-8 ${whole.slice(0, whole.length / 2)}`,
    expect.stringMatching(/^text\/html; charset=UTF-8 <!DOCTYPE html>[\s\S]*404/),
    `text/plain; charset=UTF-8 ${whole}`,
  ]);
  expect(simulator.control.stats()).toMatchObject({ accepted: 0, byStatus: { 404: 60 } });
  expect((await send(1)).text).toBe(whole);
});

test("a garbled error keeps its Retry-After, and a 200 is never garbled", async () => {
  await start({ garble: 1, error429: 1, retryAfterSeconds: 7, maxFaultyAttempts: 1 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => send(n)));
  for (const { status, headers } of answers) expect([status, headers["retry-after"]]).toEqual([429, "7"]);
  simulator.control.setFaults({ error429: 0 });
  const fine = await send(99);
  expect(JSON.parse(fine.text)).toEqual({ name: expect.stringMatching(/^projects\/demo\//) });
});

test("half of the errors are garbled where half are asked for, the same ones in every run", async () => {
  const garbled = async () => {
    await start({ seed: "g", garble: 0.5, shares: { dead: 1 } });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => send(n)));
    await simulator.close();
    return answers.map(({ headers, text }) => `${headers["content-type"]} ${text.length}`);
  };
  const first = await garbled();
  // Three of four forms have another length or type than the whole body.
  const whole = Math.max(
    ...Map.groupBy(first, (form) => form)
      .values()
      .map(({ length }) => length),
  );
  expect(whole).toBeGreaterThan(60);
  expect(whole).toBeLessThan(140);
  expect(await garbled()).toEqual(first);
});

test("an access token that is asked for is judged before anything else", async () => {
  const authorization = { tokens: ["good"], withoutRights: ["reader"] };
  await start({ authorization, quotaPerMinute: 1, error500: 1, maxFaultyAttempts: 1 });
  const missing = await send(1);
  const unknown = await send(1, "bad");
  const powerless = await send(1, "reader");
  const bodies = [missing, unknown, powerless].map(({ text }) => JSON.parse(text).error);
  expect(
    bodies.map(({ code, status, details }) => [code, status, details.length, details[0].reason]),
  ).toEqual([
    [401, "UNAUTHENTICATED", 1, "CREDENTIALS_MISSING"],
    [401, "UNAUTHENTICATED", 1, "ACCESS_TOKEN_TYPE_UNSUPPORTED"],
    [403, "PERMISSION_DENIED", 1, "IAM_PERMISSION_DENIED"],
  ]);
  expect(bodies[0].message).toMatch(/^Request is missing required authentication credential\./);
  expect(bodies[1].message).toMatch(/^Request had invalid authentication credentials\./);
  expect(bodies[2].message).toBe(
    "Permission 'cloudmessaging.messages.create' denied on resource " +
      "'//cloudresourcemanager.googleapis.com/projects/demo' (or it may not exist).",
  );
  // None of the three took quota or a faulty attempt.
  expect((await send(1, "good")).status).toBe(500);
  expect((await send(1, "good")).status).toBe(429);
  expect([...simulator.control.log()]).toMatchObject([
    { accepted: 0, answers: ["401", "401", "403", "500", "429"] },
  ]);
  expect(simulator.control.stats().byStatus).toEqual({ 401: 2, 403: 1, 429: 1, 500: 1 });
});

test("a token is revoked by a call, or expires by itself; the next one is taken", async () => {
  await start({ authorization: { tokens: ["first", "second"], messages: 2 } });
  const statuses = [];
  for (const token of ["first", "first", "first", "second"]) statuses.push((await send(1, token)).status);
  expect(statuses).toEqual([200, 200, 401, 200]);
  expect(JSON.parse((await send(1, "first")).text).error.details[0].reason).toBe("ACCESS_TOKEN_EXPIRED");
  simulator.control.setFaults({ authorization: { tokens: ["third"], messages: null } });
  expect((await send(1, "second")).status).toBe(401);
  expect((await send(1, "third")).status).toBe(200);
  expect(simulator.control.stats()).toMatchObject({ accepted: 4, byStatus: { 200: 4, 401: 3 } });
});

test("a body that is none, and a dry run, need a token, too", async () => {
  await start({ authorization: { tokens: ["good"] } });
  const post = (body: string) => client.request("POST", SEND_PATH, body);
  const dryRun = { message: writeMessage(addressOf(1), "b1"), validate_only: true };
  expect((await post("{")).status).toBe(401);
  expect((await post(JSON.stringify(dryRun))).status).toBe(401);
  expect(simulator.control.stats()).toMatchObject({ attempts: 0, validated: 1, byStatus: { 401: 2 } });
});
