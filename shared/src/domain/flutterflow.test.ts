import { describe, expect, test } from "vitest";
import { APP, fromApp, fromConsole, refusal } from "../testing/read-document.ts";
import { describeProblems, readDocument } from "./flutterflow.ts";
import { NOT_A_TIME } from "./iso-time.ts";

test("a document of an app, as its client writes it, is read whole", () => {
  const asked = readDocument(APP, {
    notification_title: "New message",
    notification_text: "Ada wrote to you",
    notification_image_url: "https://example.com/ada.png",
    scheduled_time: "2027-01-31T18:00:00.000Z",
    notification_sound: "default",
    user_refs: "users/ada,users/bob",
    initial_page_name: "ChatPage",
    parameter_data: '{"chat":"chats/42"}',
    sender: "users/eve",
    timestamp: "2027-01-01T00:00:00.000Z",
  });
  expect(asked).toEqual({
    content: {
      title: "New message",
      text: "Ada wrote to you",
      image: "https://example.com/ada.png",
      sound: "default",
      initialPage: "ChatPage",
      parameterData: '{"chat":"chats/42"}',
    },
    audience: { users: ["users/ada", "users/bob"] },
    at: "2027-01-31T18:00:00.000Z",
    sender: "users/eve",
  });
});

test("a document of the console is read, and fields of other writers are left aside", () => {
  const extra = { num_sent: 0, timestamp: "2027-01-01T00:00:00.000Z", campaign: "spring", created_by: null };
  expect(fromConsole(extra)).toEqual({ content: { title: "Hello", text: "World" }, audience: "all" });
});

describe("what is absent may be missing, null or empty", () => {
  const optional = [
    "notification_image_url",
    "notification_sound",
    "initial_page_name",
    "parameter_data",
    "scheduled_time",
    "batch_index",
    "num_batches",
  ];
  test.each(optional.flatMap((field) => [undefined, null, ""].map((value) => [field, value] as const)))(
    "%s: %j",
    (field, value) => {
      expect(fromConsole({ [field]: value })).toEqual({
        content: { title: "Hello", text: "World" },
        audience: "all",
      });
    },
  );
});

describe("whom it is for", () => {
  test.each([
    ["All", "all"],
    [" all ", "all"],
    ["iOS", { platforms: ["ios"] }],
    ["IOS", { platforms: ["ios"] }],
    ["Android", { platforms: ["android"] }],
    ["Web", { platforms: ["web"] }],
  ])("%j", (target, audience) => {
    expect(fromConsole({ target_audience: target }).audience).toEqual(audience);
  });

  test("listed users are reached on their devices of the platform", () => {
    const users = { user_refs: "users/ada" };
    expect(fromConsole({ ...users, target_audience: "iOS" }).audience).toEqual({
      users: ["users/ada"],
      platforms: ["ios"],
    });
    expect(fromConsole({ ...users, target_audience: "All" }).audience).toEqual({ users: ["users/ada"] });
    expect(fromConsole({ ...users, target_audience: null }).audience).toEqual({ users: ["users/ada"] });
  });

  test.each([["Individual"], [7], [["iOS"]], [{}]])("%j does not matter where users are listed", (target) => {
    const users = { user_refs: "users/ada", target_audience: target };
    expect(fromConsole(users).audience).toEqual({ users: ["users/ada"] });
    expect(fromApp(users).audience).toEqual({ users: ["users/ada"] });
  });

  test.each([["Everybody"], [7], [["All"]]])("%j is refused", (target) => {
    expect(refusal(() => fromConsole({ target_audience: target }))).toBe(
      "target_audience must be All, iOS or Android",
    );
  });

  test.each([[undefined], [null], [""]])("nobody is named by the console: %j", (target) => {
    expect(refusal(() => fromConsole({ target_audience: target }))).toBe(
      "target_audience is missing: it must be All, iOS or Android, unless user_refs lists users",
    );
  });

  test("an app that has nobody to notify reaches nobody", () => {
    expect(fromApp({ user_refs: "" }).audience).toBeNull();
    expect(fromApp({ user_refs: " , " }).audience).toBeNull();
  });

  test("an app reaches no platform, and not all", () => {
    expect(refusal(() => fromApp({ user_refs: "", target_audience: "All" }))).toBe(
      "target_audience is not for apps: they notify the users that they list in user_refs",
    );
  });
});

describe("parameter_data", () => {
  test("a text goes on as it is, to the last space", () => {
    expect(fromApp({ parameter_data: '{ "a" : 1 }' }).content.parameterData).toBe('{ "a" : 1 }');
  });
  test("a map becomes the text of one, without what is null at any depth", () => {
    const written = { post: "posts/1", no: null, list: [1, null, { a: null, b: 2 }], map: { c: null } };
    expect(fromApp({ parameter_data: written }).content.parameterData).toBe(
      '{"post":"posts/1","list":[1,{"b":2}],"map":{}}',
    );
  });
  test.each([[7], [[1]], [true]])("%j is refused", (data) => {
    expect(refusal(() => fromApp({ parameter_data: data }))).toBe(
      "parameter_data must be a JSON object, as text",
    );
  });
});

describe("scheduled_time", () => {
  test.each([
    ["2027-01-31T18:00:00.000Z", "2027-01-31T18:00:00.000Z"],
    ["2027-01-31T19:00:00+01:00", "2027-01-31T18:00:00.000Z"],
    [" 2027-01-31T18:00:00Z ", "2027-01-31T18:00:00.000Z"],
    [1_801_418_400_000, "2027-01-31T18:00:00.000Z"],
    [{ _seconds: 1_801_418_400, _nanoseconds: 0 }, "2027-01-31T18:00:00.000Z"],
    [{ seconds: 1_801_418_400, nanoseconds: 5 }, "2027-01-31T18:00:00.000Z"],
  ])("%j", (written, at) => {
    expect(fromApp({ scheduled_time: written }).at).toBe(at);
  });
  test.each([[1e300], [{ seconds: 1e300 }], [{}], [true], [[1]]])("%j is refused", (written) => {
    expect(refusal(() => fromApp({ scheduled_time: written }))).toBe("scheduled_time must be a timestamp");
  });
  test.each([
    ["2027-02-30T10:00:00Z", "names a day that does not exist: 2027-02-30"],
    ["02/01/2027 10:00", /^scheduled_time begins with the day or the month/],
    ["2027-01-31 18:00:00", "has no zone, such as Z or +01:00"],
    ["tomorrow", NOT_A_TIME],
  ])("%j is refused with the reason", (written, reason) => {
    const told = refusal(() => fromApp({ scheduled_time: written }));
    if (typeof reason === "string") expect(told).toBe(`scheduled_time ${reason}`);
    else expect(told).toMatch(reason);
  });
});

describe("batches", () => {
  test.each([
    [0, 3, { index: 0, size: 3 }],
    ["2", "3", { index: 2, size: 3 }],
    [3_843, 3_844, { index: 3_843, size: 3_844 }],
  ])("part %j of %j", (index, size, batch) => {
    expect(fromConsole({ batch_index: index, num_batches: size }).batch).toEqual(batch);
  });
  test.each([
    [0, 1],
    [0, 0],
    [null, null],
    [5, undefined],
  ])("part %j of %j stands alone", (index, size) => {
    expect(fromConsole({ batch_index: index, num_batches: size }).batch).toBeUndefined();
  });
  test.each([
    [3, 3, "batch_index must be a whole number from 0 to 2, as num_batches is 3"],
    [-1, 3, "batch_index must be a whole number from 0 to 2, as num_batches is 3"],
    [null, 3, "batch_index must be a whole number from 0 to 2, as num_batches is 3"],
    [0, 3_845, "num_batches must be a whole number from 1 to 3844"],
    [0, 1.5, "num_batches must be a whole number from 1 to 3844"],
    [0, "many", "num_batches must be a whole number from 1 to 3844"],
  ])("part %j of %j is refused", (index, size, reason) => {
    expect(refusal(() => fromConsole({ batch_index: index, num_batches: size }))).toBe(reason);
  });
  test("listed users, and apps, have none", () => {
    const parts = { batch_index: 0, num_batches: 3 };
    expect(fromConsole({ ...parts, user_refs: "users/ada" }).batch).toBeUndefined();
    expect(fromApp(parts).batch).toBeUndefined();
  });
});

test("a title and a text of spaces are texts", () => {
  const { content } = fromApp({ notification_title: " ", notification_text: "\n" });
  expect(content).toEqual({ title: " ", text: "\n" });
});

test("every fault is told, by the document's own field", () => {
  const faulty = { notification_title: "", notification_text: 7, sender: 7 };
  expect(refusal(() => fromApp(faulty))).toBe(
    "notification_title must not be empty; notification_text must be text; sender must be the user document that asks",
  );
});

test("what a request is refused for is told by the document's field", () => {
  const problems = [
    { field: "content.image", message: "must be a URL that starts with https://" },
    { field: "audience.users", message: '"posts/1" is not a document of users' },
    { field: "content", message: "is 5000 bytes as sent" },
    { field: "at", message: "lies in the past" },
  ];
  expect(describeProblems(problems)).toBe(
    'notification_image_url must be a URL that starts with https://; user_refs "posts/1" is not a document of users; ' +
      "the notification is 5000 bytes as sent; scheduled_time lies in the past",
  );
});

describe("text that is not Unicode is refused by the field's name", () => {
  const HALF = "Hello\ud83d";
  const message = "is not valid Unicode: half of a surrogate pair at character 6";

  test.each([
    ["notification_title", HALF],
    ["notification_text", HALF],
    ["notification_image_url", HALF],
    ["notification_sound", HALF],
    ["initial_page_name", HALF],
    ["parameter_data", HALF],
    ["user_refs", HALF],
    ["sender", HALF],
  ])("%s", (field, value) => {
    expect(refusal(() => fromApp({ [field]: value }))).toContain(`${field} ${message}`);
  });

  test("also within a map of parameters, or a list of users", () => {
    expect(refusal(() => fromApp({ parameter_data: { page: HALF } }))).toBe(`parameter_data.page ${message}`);
    expect(refusal(() => fromApp({ user_refs: ["users/ada", HALF] }))).toContain(`user_refs.1 ${message}`);
  });

  test("and is allowed in other writers' fields, as a line break is in a title", () => {
    expect(fromApp({ note: HALF, notification_title: "one\n\ttwo" }).content.title).toBe("one\n\ttwo");
  });
});
