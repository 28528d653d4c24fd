import { describe, expect, test } from "vitest";
import { classify, REFUSED_AS, type Suspect, type Verdict } from "./answers.ts";
import { DEAD_CODES } from "./outcome.ts";

/** When the answers here were made. No clock of ours says so. */
const DATE = "Mon, 01 Mar 2027 12:00:00 GMT";

function verdictOf(status: number, body: unknown, retryAfter?: string, date = DATE): Verdict {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return classify({ kind: "response", status, body: text, retryAfter, date });
}

const fcmError = (errorCode: string) => ({
  "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
  errorCode,
});
const apnsError = (reason: string) => ({
  "@type": "type.googleapis.com/google.firebase.fcm.v1.ApnsError",
  statusCode: 400,
  reason,
});
const violation = (...fields: string[]) => ({
  "@type": "type.googleapis.com/google.rpc.BadRequest",
  fieldViolations: fields.map((field) => ({ field, description: "Invalid value" })),
});

/** A body of FCM's. */
function error(code: number, status: string, message: string, ...details: object[]) {
  return { error: { code, message, status, details } };
}

const bad = (message: string, ...details: object[]) => error(400, "INVALID_ARGUMENT", message, ...details);
const INVALID = fcmError("INVALID_ARGUMENT");
const rejectedAs = (code: string): Verdict => ({ kind: "rejected", code });

describe("an accepted message", () => {
  test.each([{ name: "projects/p/messages/1" }, "", "<html>"])("is a 200, whatever its body: %j", (body) => {
    expect(verdictOf(200, body)).toEqual({ kind: "accepted" });
  });
});

describe("the address is at fault", () => {
  test.each<[string, number, unknown, string]>([
    [
      "no valid token, by the message",
      400,
      bad("The registration token is not a valid FCM registration token", INVALID),
      "INVALID_ARGUMENT",
    ],
    ["no valid token, in other words", 400, bad("The registration token is not valid."), "INVALID_ARGUMENT"],
    [
      "a violation on the token",
      400,
      bad("Request contains an invalid argument.", violation("message.token")),
      "INVALID_ARGUMENT",
    ],
    [
      "a violation on the installation id",
      400,
      bad("Invalid", INVALID, violation("message.fid")),
      "INVALID_ARGUMENT",
    ],
    [
      "one violation among others",
      400,
      bad("Invalid", violation("message.data", "message.token")),
      "INVALID_ARGUMENT",
    ],
    ["APNs: BadDeviceToken", 400, bad("Invalid", INVALID, apnsError("BadDeviceToken")), "INVALID_ARGUMENT"],
    [
      "the same details in another order",
      400,
      bad("Invalid", apnsError("BadDeviceToken"), INVALID),
      "INVALID_ARGUMENT",
    ],
    ["APNs: Unregistered", 400, bad("Invalid", apnsError("Unregistered"), INVALID), "UNREGISTERED"],
    [
      "unregistered",
      404,
      error(404, "NOT_FOUND", "Requested entity was not found.", fcmError("UNREGISTERED")),
      "UNREGISTERED",
    ],
    [
      "unregistered, among other details",
      404,
      error(404, "NOT_FOUND", "gone", { "@type": "x" }, violation(), fcmError("UNREGISTERED")),
      "UNREGISTERED",
    ],
  ])("%s", (_, status, body, code) => {
    expect(verdictOf(status, body)).toEqual(rejectedAs(code));
  });
});

describe("what may be the fault of all messages is a suspicion", () => {
  const value = "Invalid value at 'message.data[0].value' (TYPE_STRING), 12";
  const notFound = "Requested entity was not found.";
  test.each<[Suspect, string, number, unknown]>([
    ["content", "a wrong field", 400, bad(value, violation("message.data[0].value"))],
    ["content", "too large a payload", 400, bad("Android message is too big", INVALID, violation())],
    [
      "content",
      "INVALID_ARGUMENT and nothing else",
      400,
      bad("Request contains an invalid argument.", INVALID),
    ],
    ["content", "a bare 400", 400, bad("Request contains an invalid argument.")],
    [
      "content",
      "a reason of APNs that blames the payload",
      400,
      bad("x", INVALID, apnsError("PayloadTooLarge")),
    ],
    [
      "content",
      "a violation on a field whose name begins alike",
      400,
      bad("x", violation("message.token_x")),
    ],
    ["content", "details that are not a list", 400, { error: { details: { field: "message.token" } } }],
    [
      "content",
      "violations that are not a list",
      400,
      bad("x", { ...violation(), fieldViolations: "message.token" }),
    ],
    ["content", "details of no kind", 400, { error: { details: [null, 7, "x", {}, { "@type": 5 }] } }],
    ["content", "a code that is not text", 400, bad("x", { ...INVALID, errorCode: 5 })],
    [
      "content",
      "a reason of APNs that Apple does not document",
      400,
      bad("x", INVALID, apnsError("constructor")),
    ],
    ["content", "a 404 without a code", 404, error(404, "NOT_FOUND", notFound)],
    ["content", "an unspecified error", 404, error(404, "NOT_FOUND", "x", fcmError("UNSPECIFIED_ERROR"))],
    [
      "content",
      "a violation on the token in a 404",
      404,
      error(404, "NOT_FOUND", "x", violation("message.token")),
    ],
    ["content", "a method that is not allowed", 405, error(405, "INVALID_ARGUMENT", "x")],
    ["credential", "no access", 401, error(401, "UNAUTHENTICATED", "Request had invalid credentials.")],
    [
      "credential",
      "no right to send",
      403,
      error(403, "PERMISSION_DENIED", "Permission denied on project p."),
    ],
    [
      "credential",
      "an unspecified 403",
      403,
      error(403, "PERMISSION_DENIED", "x", fcmError("UNSPECIFIED_ERROR")),
    ],
    ["key", "a platform's key", 401, error(401, "UNAUTHENTICATED", "x", fcmError("THIRD_PARTY_AUTH_ERROR"))],
    ["key", "APNs' own word for it", 403, error(403, "x", "x", apnsError("InvalidProviderToken"))],
    [
      "project",
      "another project's",
      403,
      error(403, "PERMISSION_DENIED", "x", fcmError("SENDER_ID_MISMATCH")),
    ],
    ["device", "a device of another app", 400, bad("x", INVALID, apnsError("DeviceTokenNotForTopic"))],
  ])("against the %s: %s", (against, _, status, body) => {
    const says = expect.stringMatching(new RegExp(`^${status}\\b`));
    expect(verdictOf(status, body)).toEqual({ kind: "suspicion", against, says });
  });

  test("says what FCM said", () => {
    const body = bad("Invalid value at 'x'\n (TYPE_STRING),  12");
    const says = "400 INVALID_ARGUMENT Invalid value at 'x' (TYPE_STRING), 12";
    expect(verdictOf(400, body)).toEqual({ kind: "suspicion", against: "content", says });
  });

  test("does not say the address", () => {
    const body = JSON.stringify(bad("Not for short-one: short-one"));
    const verdict = classify({ kind: "response", status: 400, body }, "short-one");
    expect(verdict).toMatchObject({ says: "400 INVALID_ARGUMENT Not for …: …" });
  });

  test("no member is dead by one: each code it is rejected with leaves its registration", () => {
    expect(Object.values(REFUSED_AS).filter((code) => DEAD_CODES.has(code))).toEqual([]);
  });
});

describe("our own credential is at fault", () => {
  test("no token to be had", () => {
    const reason = "invalid_grant";
    expect(classify({ kind: "no-credential", reason })).toEqual({ kind: "credential", reason });
  });
});

describe("trying again may help", () => {
  const quota = error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.", fcmError("QUOTA_EXCEEDED"));
  const retry = (fields: object) => ({ kind: "retry", ...fields });
  const limited = (afterMs: number) => retry({ unsure: false, limit: "unknown", afterMs });

  test("a 429 was not taken, and waits as long as it says, else a minute", () => {
    expect(verdictOf(429, quota)).toEqual(limited(60_000));
    expect(verdictOf(429, quota, "7")).toEqual(limited(7_000));
    expect(verdictOf(429, quota, "Mon, 01 Mar 2027 12:00:30 GMT")).toEqual(limited(30_000));
    expect(verdictOf(429, quota, "Mon, 01 Mar 2027 12:00:30 GMT", "")).toEqual(limited(60_000));
    expect(verdictOf(429, quota, "soon 5")).toEqual(limited(60_000));
  });

  test("a 429 of a proxy's may have been taken", () => {
    expect(verdictOf(429, "")).toEqual({ ...limited(60_000), unsure: true });
  });

  test.each([408, 500, 502, 503, 504, 599])("a %i may have been taken", (status) => {
    expect(verdictOf(status, "<html>")).toEqual(retry({ unsure: true }));
    expect(verdictOf(status, error(status, "INTERNAL", "x", fcmError("UNREGISTERED")), "3")).toEqual(
      retry({ unsure: true, afterMs: 3_000 }),
    );
  });

  test.each([204, 302, 400, 401, 403, 404, 405, 413])(
    "a %i that is not FCM's JSON may be anything",
    (status) => {
      expect(verdictOf(status, "<html>", "3")).toEqual(retry({ unsure: true, page: true, afterMs: 3_000 }));
    },
  );

  test("no answer may have been taken, what was not processed was not", () => {
    expect(classify({ kind: "no-answer", cause: "timeout" })).toEqual(retry({ unsure: true }));
    expect(classify({ kind: "not-processed" })).toEqual(retry({ unsure: false }));
  });
});

describe("whose limit a 429 tells of", () => {
  const type = "type.googleapis.com/google.rpc";
  const info = (reason: string, consumer?: string) => ({
    ...{ "@type": `${type}.ErrorInfo`, reason, domain: "googleapis.com" },
    metadata: { service: "fcm.googleapis.com", quota_limit: "X", ...(consumer && { consumer }) },
  });
  const failure = {
    "@type": `${type}.QuotaFailure`,
    violations: [{ subject: "project:1", description: "x" }],
  };
  const help = { "@type": `${type}.Help`, links: [{ description: "x", url: "https://cloud.google.com" }] };
  const limitOf = (...details: object[]) => verdictOf(429, error(429, "RESOURCE_EXHAUSTED", "x", ...details));

  test.each<[string, "project" | "unknown", object[]]>([
    [
      "the project's, as published: without an FcmError",
      "project",
      [info("RATE_LIMIT_EXCEEDED", "projects/1"), help],
    ],
    [
      "the project's, with all details",
      "project",
      [failure, INVALID, info("RATE_LIMIT_EXCEEDED", "projects/1")],
    ],
    ["the project's, where it does not say whose", "project", [info("RATE_LIMIT_EXCEEDED")]],
    ["a QuotaFailure alone, which devices get too", "unknown", [failure]],
    ["a code alone", "unknown", [fcmError("QUOTA_EXCEEDED")]],
    ["a code and a QuotaFailure", "unknown", [fcmError("QUOTA_EXCEEDED"), failure, help]],
    ["something else's limit", "unknown", [info("RATE_LIMIT_EXCEEDED", "devices/1")]],
    ["the project's, for another reason", "unknown", [info("QUOTA_UNKNOWN", "projects/1")]],
    ["nothing", "unknown", []],
  ])("%s: %s", (_, limit, details) => {
    expect(limitOf(...details)).toMatchObject({ kind: "retry", unsure: false, limit, afterMs: 60_000 });
  });
});
