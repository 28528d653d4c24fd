import { describe, expect, test } from "vitest";
import { classify, retryAfterMs, type Verdict } from "./answers.ts";

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
    [
      "another project's",
      403,
      error(403, "PERMISSION_DENIED", "SenderId mismatch", fcmError("SENDER_ID_MISMATCH")),
      "SENDER_ID_MISMATCH",
    ],
    [
      "a platform's key",
      401,
      error(401, "UNAUTHENTICATED", "Auth error from APNS", fcmError("THIRD_PARTY_AUTH_ERROR")),
      "THIRD_PARTY_AUTH_ERROR",
    ],
  ])("%s", (_, status, body, code) => {
    expect(verdictOf(status, body)).toEqual(rejectedAs(code));
  });
});

describe("the request is at fault, and no address", () => {
  const value = "Invalid value at 'message.data[0].value' (TYPE_STRING), 12";
  test.each<[string, number, unknown]>([
    ["a wrong field", 400, bad(value, violation("message.data[0].value"))],
    ["too large a payload", 400, bad("Android message is too big", INVALID, violation())],
    ["INVALID_ARGUMENT and nothing else", 400, bad("Request contains an invalid argument.", INVALID)],
    ["an APNs reason that blames the payload", 400, bad("Invalid", INVALID, apnsError("PayloadTooLarge"))],
    ["a violation on a field whose name begins alike", 400, bad("Invalid", violation("message.token_x"))],
    ["details that are no list", 400, { error: { message: "x", details: { field: "message.token" } } }],
    ["violations that are no list", 400, bad("x", { ...violation(), fieldViolations: "message.token" })],
    ["details of no kind", 400, { error: { details: [null, 7, "x", {}, { "@type": 5 }] } }],
    ["a code that is no text", 400, bad("x", { ...INVALID, errorCode: 5 })],
    ["an error that is no object", 400, { error: "UNREGISTERED" }],
    ["no object at all", 400, "null"],
    ["nothing", 400, ""],
    ["HTML", 400, "<!DOCTYPE html><title>Error 400</title>"],
    ["a body cut off", 400, '{"error":{"code":400,"message":"The registration token is not a valid'],
    ["a wrong path", 404, error(404, "NOT_FOUND", "Requested entity was not found.")],
    ["a wrong path, told in HTML", 404, "<html>404. That's an error.</html>"],
    [
      "a project that does not exist",
      404,
      error(404, "NOT_FOUND", "Project not found", fcmError("UNSPECIFIED_ERROR")),
    ],
    [
      "a violation on the token, without being a 400",
      404,
      error(404, "NOT_FOUND", "x", violation("message.token")),
    ],
    ["a method that is not allowed", 405, ""],
    ["a redirect", 302, ""],
    ["an answer that is no answer to this", 204, ""],
  ])("%s", (_, status, body) => {
    const verdict = verdictOf(status, body);
    expect(verdict.kind).toBe("fault");
    expect(verdict).toMatchObject({ reason: expect.stringMatching(new RegExp(`^${status}\\b`)) });
  });

  test("the reason is what FCM said, on one line", () => {
    const reason = "400 INVALID_ARGUMENT Invalid value at 'x' (TYPE_STRING), 12";
    const body = bad("Invalid value at 'x'\n (TYPE_STRING),  12");
    expect(verdictOf(400, body)).toEqual({ kind: "fault", reason });
    expect(verdictOf(404, "")).toEqual({ kind: "fault", reason: "404" });
  });
});

describe("our own credential is at fault", () => {
  test("no token to be had", () => {
    const reason = "invalid_grant";
    expect(classify({ kind: "no-credential", reason })).toEqual({ kind: "credential", reason });
  });

  test.each<[string, number, unknown]>([
    ["no access", 401, error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")],
    ["a body in HTML", 401, "<html>"],
    ["no right to send", 403, error(403, "PERMISSION_DENIED", "Permission denied on resource project p.")],
    ["a code that says nothing", 403, error(403, "PERMISSION_DENIED", "x", fcmError("UNSPECIFIED_ERROR"))],
  ])("%s", (_, status, body) => {
    expect(verdictOf(status, body).kind).toBe("credential");
  });
});

describe("trying again may help", () => {
  const quota = error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.", fcmError("QUOTA_EXCEEDED"));
  const retry = (fields: object) => ({ kind: "retry", ...fields });

  test("a 429 was not taken, and everybody waits: as long as it says, else a minute", () => {
    expect(verdictOf(429, quota)).toEqual(retry({ unsure: false, pauseMs: 60_000 }));
    expect(verdictOf(429, "")).toEqual(retry({ unsure: false, pauseMs: 60_000 }));
    expect(verdictOf(429, quota, "7")).toEqual(retry({ unsure: false, pauseMs: 7_000 }));
    expect(verdictOf(429, quota, "Mon, 01 Mar 2027 12:00:30 GMT")).toEqual(
      retry({ unsure: false, pauseMs: 30_000 }),
    );
    expect(verdictOf(429, quota, "Mon, 01 Mar 2027 12:00:30 GMT", "")).toEqual(
      retry({ unsure: false, pauseMs: 60_000 }),
    );
    expect(verdictOf(429, quota, "soon 5")).toEqual(retry({ unsure: false, pauseMs: 60_000 }));
  });

  test.each([500, 502, 503, 504, 599])("a %i may have been taken", (status) => {
    expect(verdictOf(status, "<html>")).toEqual(retry({ unsure: true }));
    expect(verdictOf(status, error(status, "INTERNAL", "x", fcmError("UNREGISTERED")), "3")).toEqual(
      retry({ unsure: true, afterMs: 3_000 }),
    );
  });

  test("no answer may have been taken, what was not processed was not", () => {
    expect(classify({ kind: "no-answer", cause: "timeout" })).toEqual(retry({ unsure: true }));
    expect(classify({ kind: "not-processed" })).toEqual(retry({ unsure: false }));
  });
});

describe("Retry-After", () => {
  test.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ["0", 0],
    ["120", 120_000],
    [" 120 ", 120_000],
    ["Mon, 01 Mar 2027 12:01:00 GMT", 60_000],
    ["Mon, 01 Mar 2027 11:00:00 GMT", 0],
    ["", undefined],
    ["soon", undefined],
    ["soon 5", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["5 minutes", undefined],
    ["120, 120", undefined],
    ["Mon, 99 Mar 2027 12:00:00 GMT", undefined],
  ])("%j is %s ms", (header, ms) => {
    expect(retryAfterMs(header, DATE)).toBe(ms);
  });

  test.each<[string | undefined, number | undefined]>([
    ["Mon, 01 Mar 2027 11:00:00 GMT", 3_660_000],
    [` ${DATE} `, 60_000],
    [undefined, undefined],
    ["", undefined],
    ["1 March 2027", undefined],
    ["Mon, 99 Mar 2027 12:00:00 GMT", undefined],
  ])("as a date in an answer of %j is %s ms", (date, ms) => {
    expect(retryAfterMs("Mon, 01 Mar 2027 12:01:00 GMT", date)).toBe(ms);
    expect(retryAfterMs("120", date)).toBe(120_000);
  });
});
