import { describe, expect, test } from "vitest";
import { classify, type Verdict } from "./answers.ts";

function verdictOf(status: number, body: string): Verdict {
  return classify({ kind: "response", status, body });
}

const TYPE = "type.googleapis.com/google";
const PAYLOAD_FAULT = "400 INVALID_ARGUMENT Invalid value at 'message.data[0].value' (TYPE_STRING), 12";
const unsure: Verdict = { kind: "retry", unsure: true };
const rejectedAs = (code: string): Verdict => ({ kind: "rejected", code });
const fcmError = (errorCode: string) => ({ "@type": `${TYPE}.firebase.fcm.v1.FcmError`, errorCode });
const apnsError = (reason: string) => ({
  "@type": `${TYPE}.firebase.fcm.v1.ApnsError`,
  statusCode: 400,
  reason,
});
const badRequest = (...fields: string[]) => ({
  "@type": `${TYPE}.rpc.BadRequest`,
  ...(fields.length > 0 && { fieldViolations: fields.map((field) => ({ field, description: "Invalid." })) }),
});
const errorInfo = (reason: string) => ({
  "@type": `${TYPE}.rpc.ErrorInfo`,
  reason,
  domain: "googleapis.com",
});
const HELP = { "@type": `${TYPE}.rpc.Help`, links: [{ url: "https://firebase.google.com/docs" }] };

function bodyOf(code: number, status: string, message: string, details?: readonly object[]): string {
  return JSON.stringify({ error: { code, message, status, ...(details && { details }) } });
}

interface Row {
  name: string;
  code: number;
  status: string;
  message: string;
  details: readonly object[];
  verdict: Verdict;
}

function row(
  name: string,
  code: number,
  status: string,
  message: string,
  details: object[],
  verdict: Verdict,
) {
  return { name, code, status, message, details, verdict };
}

const NO_TOKEN = "The registration token is not a valid FCM registration token";
const INVALID = fcmError("INVALID_ARGUMENT");

/** Every answer of FCM's error codes (https://firebase.google.com/docs/cloud-messaging/error-codes), whole. */
const ROWS: Row[] = [
  row("no valid token", 400, "INVALID_ARGUMENT", NO_TOKEN, [INVALID], rejectedAs("INVALID_ARGUMENT")),
  row(
    "a violation on the token",
    400,
    "INVALID_ARGUMENT",
    "Invalid",
    [INVALID, badRequest("message.token")],
    rejectedAs("INVALID_ARGUMENT"),
  ),
  row(
    "a violation on the FID",
    400,
    "INVALID_ARGUMENT",
    "Invalid",
    [INVALID, badRequest("message.fid"), HELP],
    rejectedAs("INVALID_ARGUMENT"),
  ),
  row(
    "APNs knows no such token",
    400,
    "INVALID_ARGUMENT",
    "Invalid",
    [INVALID, apnsError("BadDeviceToken"), HELP],
    rejectedAs("INVALID_ARGUMENT"),
  ),
  row(
    "APNs says unregistered",
    400,
    "INVALID_ARGUMENT",
    "Invalid",
    [INVALID, apnsError("Unregistered"), badRequest()],
    rejectedAs("UNREGISTERED"),
  ),
  row(
    "unregistered",
    404,
    "NOT_FOUND",
    "Requested entity was not found.",
    [fcmError("UNREGISTERED"), HELP],
    rejectedAs("UNREGISTERED"),
  ),
  row(
    "another project's",
    403,
    "PERMISSION_DENIED",
    "SenderId mismatch",
    [fcmError("SENDER_ID_MISMATCH"), HELP],
    rejectedAs("SENDER_ID_MISMATCH"),
  ),
  row(
    "APNs refuses our key",
    401,
    "UNAUTHENTICATED",
    "Auth error from APNS or Web Push Service",
    [fcmError("THIRD_PARTY_AUTH_ERROR"), apnsError("InvalidProviderToken"), HELP],
    rejectedAs("THIRD_PARTY_AUTH_ERROR"),
  ),
  row(
    "a payload fault",
    400,
    "INVALID_ARGUMENT",
    PAYLOAD_FAULT.slice(21),
    [badRequest("message.data[0].value")],
    { kind: "fault", reason: PAYLOAD_FAULT },
  ),
  row("too large a payload", 400, "INVALID_ARGUMENT", "Android message is too big", [INVALID, badRequest()], {
    kind: "fault",
    reason: "400 INVALID_ARGUMENT Android message is too big",
  }),
  row(
    "a payload APNs refuses",
    400,
    "INVALID_ARGUMENT",
    "Invalid",
    [INVALID, apnsError("PayloadTooLarge"), HELP],
    { kind: "fault", reason: "400 INVALID_ARGUMENT Invalid" },
  ),
  row(
    "no access",
    401,
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials.",
    [errorInfo("ACCESS_TOKEN_EXPIRED")],
    { kind: "credential", reason: "401 UNAUTHENTICATED Request had invalid authentication credentials." },
  ),
  row(
    "no rights",
    403,
    "PERMISSION_DENIED",
    "Permission denied",
    [errorInfo("IAM_PERMISSION_DENIED"), HELP],
    { kind: "credential", reason: "403 PERMISSION_DENIED Permission denied" },
  ),
  row(
    "over quota",
    429,
    "RESOURCE_EXHAUSTED",
    "Resource has been exhausted (e.g. check quota).",
    [fcmError("QUOTA_EXCEEDED"), HELP],
    { kind: "retry", unsure: false, pauseMs: 60_000 },
  ),
  row(
    "an internal error",
    500,
    "INTERNAL",
    "Internal error encountered.",
    [fcmError("INTERNAL"), HELP],
    unsure,
  ),
  row(
    "unavailable",
    503,
    "UNAVAILABLE",
    "The service is currently unavailable.",
    [fcmError("UNAVAILABLE"), HELP],
    unsure,
  ),
];

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

describe("a whole body of FCM's", () => {
  test.each(ROWS)("$code, $name: the same in whatever order its details come", (row) => {
    for (const details of permutations([...row.details, { "@type": "x" }])) {
      expect(verdictOf(row.code, bodyOf(row.code, row.status, row.message, details))).toEqual(row.verdict);
    }
  });

  test.each(ROWS)("$code, $name: also with its keys in another order, and indented", (row) => {
    const error = { details: row.details, status: row.status, message: row.message, code: row.code };
    expect(verdictOf(row.code, JSON.stringify({ error }, null, 2))).toEqual(row.verdict);
  });

  test.each(ROWS)("$code, $name: cut off anywhere, it blames no address", (row) => {
    const whole = bodyOf(row.code, row.status, row.message, row.details);
    const unread = verdictOf(row.code, "");
    for (let length = 1; length < whole.length; length++) {
      expect(verdictOf(row.code, whole.slice(0, length))).toEqual(unread);
    }
  });
});

const UNREADABLE: [string, string][] = [
  ["nothing", ""],
  ["white space", " \r\n"],
  [
    "HTML",
    "<!DOCTYPE html><title>Error!!1</title> The registration token is not a valid FCM registration token",
  ],
  ["plain text", "UNREGISTERED"],
  ["XML", '<?xml version="1.0"?><error><errorCode>UNREGISTERED</errorCode></error>'],
  ["a form", "errorCode=UNREGISTERED&field=message.token"],
  ["the JSON of something else", '{"errorCode":"UNREGISTERED","details":[{"errorCode":"UNREGISTERED"}]}'],
  ["JSON in a list", '[{"error":{"details":[]}}]'],
  ["JSON without an object", '"UNREGISTERED"'],
  ["null", "null"],
  ["an error that is a text", '{"error":"UNREGISTERED"}'],
  ["two bodies in one", '{"error":{}}{"error":{}}'],
  ["bytes that are no text", "\u0000\ufffd\u001f\u008b"],
  ["nesting beyond all measure", "[".repeat(16_384)],
];

/** What a status means where its body says nothing. */
const BY_STATUS: [number, Verdict][] = [
  [200, { kind: "accepted" }],
  [204, { kind: "fault", reason: "204" }],
  [302, { kind: "fault", reason: "302" }],
  [400, { kind: "fault", reason: "400" }],
  [401, { kind: "credential", reason: "401" }],
  [403, { kind: "credential", reason: "403" }],
  [404, { kind: "fault", reason: "404" }],
  [405, { kind: "fault", reason: "405" }],
  [408, unsure],
  [413, { kind: "fault", reason: "413" }],
  [429, { kind: "retry", unsure: false, pauseMs: 60_000 }],
  [500, unsure],
  [502, unsure],
  [503, unsure],
  [504, unsure],
];

describe.each(BY_STATUS)("a %i is judged by its status alone", (status, verdict) => {
  test.each(UNREADABLE)("if its body is %s", (_, body) => {
    expect(verdictOf(status, body)).toEqual(verdict);
  });
});
