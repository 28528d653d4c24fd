import { describe, expect, test } from "vitest";
import { classify, type Suspect, type Verdict } from "./answers.ts";

function verdictOf(status: number, body: string): Verdict {
  return classify({ kind: "response", status, body });
}

const TYPE = "type.googleapis.com/google";
const PAYLOAD_FAULT = "Invalid value at 'message.data[0].value' (TYPE_STRING), 12";
const unsure: Verdict = { kind: "retry", unsure: true };
const page: Verdict = { ...unsure, page: true };
const limited: Verdict = { kind: "retry", unsure: false, limit: "unknown", afterMs: 60_000 };
const suspicion = (against: Suspect, says: string): Verdict => ({ kind: "suspicion", against, says });
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
    suspicion("project", "403 PERMISSION_DENIED SenderId mismatch"),
  ),
  row(
    "APNs refuses our key",
    401,
    "UNAUTHENTICATED",
    "Auth error from APNS or Web Push Service",
    [fcmError("THIRD_PARTY_AUTH_ERROR"), apnsError("InvalidProviderToken"), HELP],
    suspicion(
      "key",
      "401 UNAUTHENTICATED (APNs: InvalidProviderToken) Auth error from APNS or Web Push Service",
    ),
  ),
  row(
    "a payload fault",
    400,
    "INVALID_ARGUMENT",
    PAYLOAD_FAULT,
    [badRequest("message.data[0].value")],
    suspicion("content", `400 INVALID_ARGUMENT ${PAYLOAD_FAULT}`),
  ),
  row(
    "too large a payload",
    400,
    "INVALID_ARGUMENT",
    "Android message is too big",
    [INVALID, badRequest()],
    suspicion("content", "400 INVALID_ARGUMENT Android message is too big"),
  ),
  row(
    "a payload APNs refuses",
    400,
    "INVALID_ARGUMENT",
    "Invalid",
    [INVALID, apnsError("PayloadTooLarge"), HELP],
    suspicion("content", "400 INVALID_ARGUMENT (APNs: PayloadTooLarge) Invalid"),
  ),
  row(
    "a device of another app",
    400,
    "INVALID_ARGUMENT",
    "Request contains an invalid argument.",
    [INVALID, apnsError("DeviceTokenNotForTopic")],
    suspicion(
      "device",
      "400 INVALID_ARGUMENT (APNs: DeviceTokenNotForTopic) Request contains an invalid argument.",
    ),
  ),
  row(
    "no access",
    401,
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials.",
    [errorInfo("ACCESS_TOKEN_EXPIRED")],
    suspicion("credential", "401 UNAUTHENTICATED Request had invalid authentication credentials."),
  ),
  row(
    "no rights",
    403,
    "PERMISSION_DENIED",
    "Permission denied",
    [errorInfo("IAM_PERMISSION_DENIED"), HELP],
    suspicion("credential", "403 PERMISSION_DENIED Permission denied"),
  ),
  row(
    "over quota",
    429,
    "RESOURCE_EXHAUSTED",
    "Resource has been exhausted (e.g. check quota).",
    [fcmError("QUOTA_EXCEEDED"), HELP],
    limited,
  ),
  row(
    "the project's quota, as published",
    429,
    "RESOURCE_EXHAUSTED",
    "Quota exceeded for quota metric 'Messages' of service 'fcm.googleapis.com' for consumer 'projects/1'.",
    [{ ...errorInfo("RATE_LIMIT_EXCEEDED"), metadata: { consumer: "projects/1" } }, HELP],
    { ...limited, limit: "project" },
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

  test.each(ROWS)("$code, $name: cut off anywhere, it proves nothing", (row) => {
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

/** What a status means where its body is not FCM's: something else may have answered, so that it proves nothing. */
const BY_STATUS: [number, Verdict][] = [
  [200, { kind: "accepted" }],
  ...[204, 302, 400, 401, 403, 404, 405, 410, 413].map((status): [number, Verdict] => [status, page]),
  [429, { ...limited, unsure: true }],
  ...[408, 500, 502, 503, 504].map((status): [number, Verdict] => [status, unsure]),
];

describe.each(BY_STATUS)("a %i is judged by its status alone", (status, verdict) => {
  test.each(UNREADABLE)("if its body is %s", (_, body) => {
    expect(verdictOf(status, body)).toEqual(verdict);
  });
});
