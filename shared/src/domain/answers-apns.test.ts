import { describe, expect, test } from "vitest";
import { APNS_REASONS, classify, type Verdict } from "./answers.ts";

type Fault = "dead" | "gone" | "device" | "content" | "key" | "passing";

/**
 * As Apple lists them, by the status of APNs' own answer, and whose fault each is. Source: Handling notification
 * responses from APNs. The one without a place there is what APNs has been seen to say for the one above it.
 */
const DOCUMENTED: [status: number, reason: string, Fault][] = [
  [400, "BadCollapseId", "content"],
  [400, "BadDeviceToken", "dead"],
  [400, "BadExpirationDate", "content"],
  [400, "BadMessageId", "content"],
  [400, "BadPriority", "content"],
  [400, "BadTopic", "key"],
  [400, "DeviceTokenNotForTopic", "device"],
  [400, "DuplicateHeaders", "content"],
  [400, "IdleTimeout", "passing"],
  [400, "InvalidPushType", "content"],
  [400, "MissingDeviceToken", "device"],
  [400, "MissingTopic", "key"],
  [400, "PayloadEmpty", "content"],
  [400, "TopicDisallowed", "key"],
  [403, "BadCertificate", "key"],
  [403, "BadCertificateEnvironment", "key"],
  [403, "BadEnvironmentKeyIdInToken", "key"],
  [403, "BadEnvironmentKeyInToken", "key"],
  [403, "ExpiredProviderToken", "key"],
  [403, "Forbidden", "key"],
  [403, "InvalidProviderToken", "key"],
  [403, "MissingProviderToken", "key"],
  [403, "UnrelatedKeyIdInToken", "key"],
  [404, "BadPath", "content"],
  [405, "MethodNotAllowed", "content"],
  [410, "ExpiredToken", "gone"],
  [410, "Unregistered", "gone"],
  [413, "PayloadTooLarge", "content"],
  [429, "TooManyProviderTokenUpdates", "passing"],
  [429, "TooManyRequests", "passing"],
  [500, "InternalServerError", "passing"],
  [503, "ServiceUnavailable", "passing"],
  [503, "Shutdown", "passing"],
];

const VERDICTS: Record<Fault, Partial<Verdict>> = {
  dead: { kind: "rejected", code: "INVALID_ARGUMENT" },
  gone: { kind: "rejected", code: "UNREGISTERED" },
  device: { kind: "suspicion", against: "device" },
  content: { kind: "suspicion", against: "content" },
  key: { kind: "suspicion", against: "key" },
  passing: { kind: "retry", unsure: true },
};

/** FCM passes APNs' reason on with its own INVALID_ARGUMENT. */
function verdictOf(statusCode: number, reason: string): Verdict {
  const type = "type.googleapis.com/google.firebase.fcm.v1";
  const details = [
    { "@type": `${type}.FcmError`, errorCode: "INVALID_ARGUMENT" },
    { "@type": `${type}.ApnsError`, statusCode, reason },
  ];
  const error = {
    code: 400,
    message: "Request contains an invalid argument.",
    status: "INVALID_ARGUMENT",
    details,
  };
  return classify({ kind: "response", status: 400, body: JSON.stringify({ error }) });
}

describe("APNs' reasons", () => {
  test.each(DOCUMENTED)("%i %s is the fault of: %s", (status, reason, fault) => {
    expect(verdictOf(status, reason)).toMatchObject(VERDICTS[fault]);
  });

  test("are all in the table, each once", () => {
    const reasons = DOCUMENTED.map(([, reason]) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
    expect(Object.keys(APNS_REASONS).sort()).toEqual(reasons.toSorted());
  });

  test("that blame the message carry APNs' word in what they say", () => {
    const says = "400 INVALID_ARGUMENT (APNs: PayloadTooLarge) Request contains an invalid argument.";
    expect(verdictOf(413, "PayloadTooLarge")).toEqual({ kind: "suspicion", against: "content", says });
  });
});
