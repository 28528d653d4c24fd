import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTemplates } from "../records/templates.ts";
import { createReadRequest } from "./read-request.ts";

const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";
const FCM_ERROR = {
  "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
  errorCode: "INVALID_ARGUMENT",
};
const token = "a-token-of-some-length";

/** The answer to a request that is at fault itself, undefined for a sound one. */
function refusalOf(request: unknown): { status: number; error: Record<string, unknown> } | undefined {
  const text = typeof request === "string" ? request : JSON.stringify(request);
  const read = createReadRequest(createTemplates())(text);
  const reply = read.kind === "unaddressed" ? read.reply : read.refusal;
  return reply && { status: reply.status, ...JSON.parse(String(reply.body)) };
}

/** As Google's transcoder words what does not fit the request's type. */
function misfit(field: string | undefined, description: string) {
  const violation = field === undefined ? { description } : { field, description };
  const details = [{ "@type": BAD_REQUEST, fieldViolations: [violation] }];
  return { status: 400, error: { code: 400, message: description, status: "INVALID_ARGUMENT", details } };
}

describe("what does not fit the request's type", () => {
  test.each<[unknown, string | undefined, string]>([
    [
      { message: { token, data: { a: 12 } } },
      "message.data[0].value",
      "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
    ],
    [
      { message: { token, data: { ok: "1", a: { b: 1 } } } },
      "message.data[1].value",
      "Invalid value at 'message.data[1].value' (TYPE_STRING), Starting an object on a scalar field",
    ],
    [
      { message: { token, data: { a: null } } },
      "message.data[0].value",
      "Invalid value at 'message.data[0].value' (TYPE_STRING), null",
    ],
    [
      { message: { toen: "x", token } },
      "message",
      `Invalid JSON payload received. Unknown name "toen" at 'message': Cannot find field.`,
    ],
    [
      { message: { token, android: { notification: { chanel_id: "x" } } } },
      "message.android.notification",
      `Invalid JSON payload received. Unknown name "chanel_id" at 'message.android.notification': Cannot find field.`,
    ],
    [
      { message: { token }, to: "x" },
      undefined,
      `Invalid JSON payload received. Unknown name "to": Cannot find field.`,
    ],
    [
      { message: { token, constructor: "x" } },
      "message",
      `Invalid JSON payload received. Unknown name "constructor" at 'message': Cannot find field.`,
    ],
    [
      { message: { token, notification: "Hi" } },
      "message.notification",
      `Invalid value at 'message.notification' (type.googleapis.com/google.firebase.fcm.v1.Notification), "Hi"`,
    ],
    [
      { message: { token, notification: [{}] } },
      "message",
      `Invalid JSON payload received. Unknown name "notification" at 'message': Proto field is not repeating, cannot start list.`,
    ],
    [
      { message: { token, android: { ttl: "1h" } } },
      "message.android.ttl",
      "Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), Field 'ttl', Illegal duration format; duration must end with 's'",
    ],
    [
      { message: { token, android: { ttl: 3600 } } },
      "message.android.ttl",
      "Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), Field 'ttl', Invalid data type for duration, value is 3600",
    ],
    [
      { message: { token, android: { priority: "urgent" } } },
      "message.android.priority",
      `Invalid value at 'message.android.priority' (type.googleapis.com/google.firebase.fcm.v1.AndroidMessagePriority), "urgent"`,
    ],
    [
      { message: { token, android: { notification: { notification_count: "many" } } } },
      "message.android.notification.notification_count",
      `Invalid value at 'message.android.notification.notification_count' (TYPE_INT32), "many"`,
    ],
    [
      { message: { token, apns: { headers: { "apns-priority": 10 } } } },
      "message.apns.headers[0].value",
      "Invalid value at 'message.apns.headers[0].value' (TYPE_STRING), 10",
    ],
    [
      { message: { token, topic: "news" } },
      "message",
      "Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set 'topic'",
    ],
    [
      { message: { token: 12345678 } },
      "message.token",
      "Invalid value at 'message.token' (TYPE_STRING), 12345678",
    ],
    ["not json", undefined, "Invalid JSON payload received. Unexpected token.\nnot json\n^"],
    ["[]", undefined, 'Invalid JSON payload received. Unknown name "": Root element must be a message.'],
  ])("%j", (request, field, description) => {
    expect(refusalOf(request)).toEqual(misfit(field, description));
  });

  test("several misfits are all named", () => {
    const refusal = refusalOf({ message: { token, data: { a: 1, b: "2", c: 3 } } });
    expect(refusal?.error.message).toBe(
      "Invalid value at 'message.data[0].value' (TYPE_STRING), 1\n" +
        "Invalid value at 'message.data[2].value' (TYPE_STRING), 3",
    );
  });
});

describe("what FCM refuses besides", () => {
  test.each<[object, string, string]>([
    [{}, "message", "Recipient of the message is not set."],
    [
      { topic: "news" },
      "message",
      "This simulator imitates no topic messages: address the message by token or fid.",
    ],
    [
      { condition: "'a' in topics" },
      "message",
      "This simulator imitates no condition messages: address the message by token or fid.",
    ],
    [{ token, data: { from: "x" } }, "message.data", "Invalid data payload key: from"],
    [{ token, data: { message_type: "x" } }, "message.data", "Invalid data payload key: message_type"],
    [{ token, data: { "google.x": "x" } }, "message.data", "Invalid data payload key: google.x"],
    [
      { token, android: { data: { "gcm.notification.x": "x" } } },
      "message.android.data",
      "Invalid data payload key: gcm.notification.x",
    ],
    [
      { token, android: { ttl: "2419201s" } },
      "message.android.ttl",
      "Invalid TTL: 2419201s. It must be from 0s to 2419200s",
    ],
    [
      { token, android: { ttl: "-1s" } },
      "message.android.ttl",
      "Invalid TTL: -1s. It must be from 0s to 2419200s",
    ],
    [
      { token, apns: { headers: { "apns-collapse-id": "é".repeat(33) } } },
      'message.apns.headers["apns-collapse-id"]',
      "Invalid APNs header: apns-collapse-id is longer than 64 bytes",
    ],
    [
      { token, apns: { headers: { "apns-priority": "7" } } },
      'message.apns.headers["apns-priority"]',
      "Invalid APNs header: apns-priority must be 1, 5 or 10",
    ],
    [
      { token, apns: { headers: { "apns-expiration": "tomorrow" } } },
      'message.apns.headers["apns-expiration"]',
      "Invalid APNs header: apns-expiration must be a UNIX time in seconds",
    ],
    [
      { token, apns: { payload: { aps: "x" } } },
      "message.apns.payload.aps",
      "Invalid APNs payload: aps must be an object",
    ],
    [
      { token, fcm_options: { analytics_label: "two words" } },
      "message.fcm_options.analytics_label",
      "Invalid analytics label: it must match ^[a-zA-Z0-9-_.~%]{1,50}$",
    ],
    [
      { token, notification: { image: "ftp://x/y.png" } },
      "message.notification.image",
      "Invalid image: it must be an http or https URL",
    ],
    [
      { token, apns: { fcm_options: { image: "y.png" } } },
      "message.apns.fcm_options.image",
      "Invalid image: it must be an http or https URL",
    ],
  ])("%j", (message, field, description) => {
    const { status, error } = misfit(field, description);
    expect(refusalOf({ message })).toEqual({
      status,
      error: { ...error, details: [...error.details, FCM_ERROR] },
    });
  });

  test("a request without a message", () => {
    expect(refusalOf({})?.error.message).toBe("Message is not set.");
  });

  test("more than 4096 bytes, with a BadRequest that names no field", () => {
    const message = { token, notification: { body: "x".repeat(4093) } };
    expect(refusalOf({ message })).toEqual({
      status: 400,
      error: {
        code: 400,
        message: "Message is too big: 4097 bytes. The maximum is 4K (4096 bytes).",
        status: "INVALID_ARGUMENT",
        details: [{ "@type": BAD_REQUEST }, FCM_ERROR],
      },
    });
    expect(refusalOf({ message: { token, notification: { body: "x".repeat(4092) } } })).toBeUndefined();
  });
});

test.each<[string, object]>([
  ["a FID", { fid: "abcdefghijklmnopqrstuv" }],
  ["an unset target beside the set one", { token, topic: null }],
  ["priorities in any case", { token, android: { priority: "High" } }],
  ["fractions of a second", { token, android: { ttl: "1.5s" } }],
  ["the longest TTL and none", { token, android: { ttl: "2419200s" } }],
  [
    "everything a sender writes",
    {
      token,
      notification: { title: "T", body: "B", image: "https://x/i.png" },
      data: { a: "1", fromage: "x" },
      android: {
        priority: "HIGH",
        ttl: "0s",
        notification: { channel_id: "c", sound: "default", tag: "t", notification_count: 3 },
      },
      apns: {
        headers: {
          "apns-expiration": "1700000000",
          "apns-priority": "10",
          "apns-collapse-id": "x".repeat(64),
        },
        payload: { aps: { sound: "default", badge: 1, "mutable-content": 1 }, own: [1, { deep: null }] },
        fcm_options: { image: "https://x/i.png", analytics_label: "b_1" },
      },
      fcm_options: { analytics_label: "b_1" },
    },
  ],
])("%s is taken", (_, message) => {
  expect(refusalOf({ message })).toBeUndefined();
});

test("names may be in camel case, and are stored as the proto's", () => {
  const templates = createTemplates();
  const read = createReadRequest(templates);
  read(
    JSON.stringify({ validateOnly: true, message: { token, android: { notification: { channelId: "c" } } } }),
  );
  read(JSON.stringify({ message: { fid: token, android: { notification: { channel_id: "c" } } } }));
  expect(templates.list().map(({ text }) => JSON.parse(text))).toEqual([
    { android: { notification: { channel_id: "c" } } },
  ]);
});

test("a message is stored once, whatever its target", () => {
  const templates = createTemplates();
  const read = createReadRequest(templates);
  for (let i = 0; i < 50; i++) {
    const message = { token: `address-${i}`, notification: { title: i < 25 ? "A" : "B" } };
    expect(read(JSON.stringify({ message }))).toMatchObject({
      address: `address-${i}`,
      templateId: i < 25 ? 1 : 2,
    });
  }
  expect(templates.list()).toHaveLength(2);
});

test("what is remembered of one body never misjudges another", () => {
  // Texts made to look like the target, where the target is not.
  const word = fc.constantFrom("token", "fid", "aaaaaaaa", '"token":"aaaaaaaa"', 'a","token":"b', "\\", "");
  const data = fc.dictionary(fc.constantFrom("token", "fid", "from", "x"), fc.oneof(word, fc.constant(1)));
  const message = fc.record(
    { data, token: word, fid: word, notification: fc.record({ title: word }) },
    { requiredKeys: [] },
  );
  const remembering = createReadRequest(createTemplates());
  fc.assert(
    fc.property(message, fc.boolean(), (content, validate_only) => {
      const text = JSON.stringify({ message: content, validate_only });
      const fresh = createReadRequest(createTemplates())(text);
      const remembered = remembering(text);
      const known = fresh.kind === "addressed" && { ...fresh, templateId: expect.any(Number) };
      expect(remembered).toEqual(known || fresh);
    }),
    { numRuns: 2000 },
  );
});
