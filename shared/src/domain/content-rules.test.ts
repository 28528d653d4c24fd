import { describe, expect, test } from "vitest";
import type { Content } from "./broadcast.ts";
import { AS_FLUTTERFLOW, contentProblems } from "./content-rules.ts";

const GOOD: Content = { title: "Hello", text: "World" };

const problemsOf = (fields: Partial<Content>) => contentProblems({ ...GOOD, ...fields });
const fieldsOf = (fields: Partial<Content>) => problemsOf(fields).map(({ field }) => field);

test("a content with a title and a text is enough", () => {
  expect(contentProblems(GOOD)).toEqual([]);
});

test.each<[string, Partial<Content>]>([
  ["an image", { image: "https://example.com/Grüße.png?x=1" }],
  ["the shortest TTL", { ttlSeconds: 0 }],
  ["the longest TTL", { ttlSeconds: 2_419_200 }],
  ["a badge of 0", { badge: 0 }],
  ["a large badge", { badge: 2_147_483_647 }],
  ["a collapse id of 64 bytes", { collapseId: "x".repeat(64) }],
  ["a collapse id of 64 bytes in fewer characters", { collapseId: "é".repeat(32) }],
  ["parameters", { parameterData: '{"a":{"b":[1]}}' }],
  ["no parameters", { parameterData: "" }],
  ["keys that only resemble FCM's own", { data: { From: "x", from_: "x", google: "x", "gcm.other": "x" } }],
  ["a key of more than ASCII", { data: { "ключ.with dot": "x" } }],
  ["an empty value", { data: { key: "" } }],
  ["an empty initial page", { initialPage: "" }],
])("a content may have %s", (_, fields) => {
  expect(problemsOf(fields)).toEqual([]);
});

test.each<[string, Partial<Content>, string]>([
  ["an empty title", { title: "" }, "content.title"],
  ["a title of blanks", { title: " \n\t" }, "content.title"],
  ["an empty text", { text: "" }, "content.text"],
  ["a text of blanks", { text: "   " }, "content.text"],
  ["an image over plain HTTP", { image: "http://example.com/a.png" }, "content.image"],
  ["an image without a host", { image: "https://" }, "content.image"],
  ["an image that is no URL", { image: "a.png" }, "content.image"],
  ["an empty image", { image: "" }, "content.image"],
  ["an empty sound", { sound: "" }, "content.sound"],
  ["an empty channel", { channel: "" }, "content.channel"],
  ["a TTL below 0", { ttlSeconds: -1 }, "content.ttlSeconds"],
  ["a TTL of more than 28 days", { ttlSeconds: 2_419_201 }, "content.ttlSeconds"],
  ["a TTL of half seconds", { ttlSeconds: 0.5 }, "content.ttlSeconds"],
  ["a TTL that is no number", { ttlSeconds: Number.NaN }, "content.ttlSeconds"],
  ["an endless TTL", { ttlSeconds: Number.POSITIVE_INFINITY }, "content.ttlSeconds"],
  ["a badge below 0", { badge: -1 }, "content.badge"],
  ["half a badge", { badge: 1.5 }, "content.badge"],
  ["a badge beyond 31 bits", { badge: 2_147_483_648 }, "content.badge"],
  ["an empty collapse id", { collapseId: "" }, "content.collapseId"],
  ["a collapse id of 65 bytes", { collapseId: "x".repeat(65) }, "content.collapseId"],
  ["a collapse id of 65 bytes in 33 characters", { collapseId: `${"é".repeat(32)}x` }, "content.collapseId"],
  ["parameters that are no JSON", { parameterData: "{id: 7}" }, "content.parameterData"],
  [
    "parameters that are nested too deep",
    { parameterData: `{"a":${"[".repeat(40)}` },
    "content.parameterData",
  ],
  ["a sound with a line break", { sound: "a\nb" }, "content.sound"],
  ["an image with a tab", { image: "https://example.com/a\tb.png" }, "content.image"],
  ["half of a surrogate pair in data", { data: { a: "\ud83d" } }, "content.data.a"],
  ["parameters in a list", { parameterData: "[1]" }, "content.parameterData"],
  ["parameters that are null", { parameterData: "null" }, "content.parameterData"],
  ["parameters that are a text", { parameterData: '"x"' }, "content.parameterData"],
  ["the key from", { data: { from: "x" } }, "content.data.from"],
  ["the key message_type", { data: { message_type: "x" } }, "content.data.message_type"],
  ["a key of Google's", { data: { "google.x": "x" } }, "content.data.google.x"],
  ["a key of GCM's", { data: { "gcm.notification.x": "x" } }, "content.data.gcm.notification.x"],
  ["an empty key", { data: { "": "x" } }, "content.data."],
  ["the key initialPageName", { data: { initialPageName: "x" } }, "content.data.initialPageName"],
  ["the key parameterData", { data: { parameterData: "x" } }, "content.data.parameterData"],
])("a content may not have %s", (_, fields, field) => {
  expect(fieldsOf(fields)).toEqual([field]);
});

test.each<[string, Partial<Content>]>([
  ["an image whose scheme is in capitals", { image: "HTTPS://example.com/a.png" }],
  ["an image with white space around it", { image: " \u00a0https://example.com/a.png " }],
  ["a sound with white space around it", { sound: " chime " }],
  ["a sound of white space, which is none", { sound: "  " }],
])("what will be sent of %s is judged, not how it is typed", (_, fields) => {
  expect(problemsOf(fields)).toEqual([]);
});

describe("of a document of FlutterFlow's", () => {
  const problems = (fields: Partial<Content>) => contentProblems({ ...GOOD, ...fields }, AS_FLUTTERFLOW);

  test.each<[string, Partial<Content>]>([
    ["a title and a text of spaces", { title: " ", text: "\n" }],
    ["an image over plain HTTP", { image: "http://example.com/a.png" }],
    ["an image and a sound with line breaks around them", { image: "\nhttp://a.b/c.png\n", sound: "a\n" }],
    ["the same in capitals", { image: "HTTP://EXAMPLE.com/a.png" }],
    ["parameters that are null", { parameterData: "null" }],
    ["parameters in a list", { parameterData: "[1]" }],
    ["parameters that are plain text", { parameterData: "chats/42" }],
    ["parameters of which the JSON is nested deep", { parameterData: "[".repeat(40) }],
  ])("%s can be sent", (_, fields) => {
    expect(problems(fields)).toEqual([]);
  });

  test.each<[string, Partial<Content>, string]>([
    ["an empty title", { title: "" }, "must not be empty"],
    ["an empty text", { text: "" }, "must not be empty"],
    ["another scheme", { image: "ftp://a.b/c.png" }, "must be a URL that starts with https:// or http://"],
    ["an address without a host", { image: "http://" }, "must be a URL that starts with https:// or http://"],
    ["a sound with a line break", { sound: "a\nb" }, "holds a control character (U+000A) at character 2"],
    [
      "half of a surrogate pair",
      { parameterData: "\ud83d" },
      "is not valid Unicode: half of a surrogate pair",
    ],
  ])("%s cannot", (_, fields, message) => {
    const [field] = Object.keys(fields);
    expect(problems(fields)).toEqual([
      { field: `content.${field}`, message: expect.stringContaining(message) },
    ]);
  });

  test("its size is judged as that of every other, whatever else is let through", () => {
    const fields = { title: " ", parameterData: "x".repeat(4_096) };
    expect(problems(fields)).toMatchObject([{ field: "content" }]);
  });
});

test("the size is that of the image's address as it is sent", () => {
  const image = `https://example.com/${"ü".repeat(400)}.png`;
  const withParameters = (length: number) =>
    fieldsOf({ image, parameterData: `{"a":"${"x".repeat(length)}"}` });
  // Each ü is two bytes as typed and six as sent, for the notification and for iOS.
  expect(withParameters(100)).toEqual(["content"]);
  expect(
    fieldsOf({ image: image.replaceAll("ü", "u"), parameterData: `{"a":"${"x".repeat(100)}"}` }),
  ).toEqual([]);
});

test("all problems are listed at once", () => {
  const data = { from: "x", "google.y": "x", fine: "x" };
  const fields = fieldsOf({ title: "", image: "x", ttlSeconds: -1, badge: -1, collapseId: "", data });
  expect(fields).toEqual([
    "content.title",
    "content.image",
    "content.ttlSeconds",
    "content.badge",
    "content.collapseId",
    "content.data.from",
    "content.data.google.y",
  ]);
});

describe("the size of a content", () => {
  /** What FCM counts beside title and text: three keys of the notification, two of the data, and the tag with its id. */
  const FRAME = "titlebodyinitialPageNameparameterDatatag".length + 25;
  /** Bytes left for the text: an even number. */
  const room = 4096 - FRAME - "T".length;

  test("may be 4096 bytes as sent", () => {
    expect(problemsOf({ title: "T", text: "x".repeat(room) })).toEqual([]);
    expect(problemsOf({ title: "T", text: "é".repeat(room / 2) })).toEqual([]);
  });

  test("may not be 4097, and the problem says how much it is", () => {
    const [problem, ...more] = problemsOf({ title: "T", text: "x".repeat(room + 1) });
    expect(more).toEqual([]);
    expect(problem?.field).toBe("content");
    expect(problem?.message).toContain("4097");
  });

  test("counts characters of several bytes in full", () => {
    expect(fieldsOf({ title: "T", text: `${"é".repeat(room / 2)}x` })).toEqual(["content"]);
    expect(fieldsOf({ title: "T", text: "👋".repeat(1_008) })).toEqual(["content"]);
  });

  test("counts data, parameters and the initial page", () => {
    const half = "x".repeat(2_048);
    expect(fieldsOf({ data: { a: half, b: half } })).toEqual(["content"]);
    expect(fieldsOf({ text: half, parameterData: `{"a":"${half}"}` })).toEqual(["content"]);
    expect(fieldsOf({ text: half, initialPage: half })).toEqual(["content"]);
  });

  test("is that under the caller's own collapse id, where there is one", () => {
    const text = "x".repeat(room);
    expect(problemsOf({ title: "T", text, collapseId: "x".repeat(25) })).toEqual([]);
    expect(fieldsOf({ title: "T", text, collapseId: "x".repeat(26) })).toEqual(["content"]);
  });
});
