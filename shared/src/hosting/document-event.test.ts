import { describe, expect, test } from "vitest";
import { documentEvent, readDocumentEvent } from "./document-event.ts";

const PATH = "ff_push_notifications/d1";
const CREATED_AT = 1_800_000_000_123_456;

test.each(["created", "updated", "deleted", "written"] as const)(
  "an event of a document that was %s",
  (kind) => {
    const { headers, body } = documentEvent({ kind, path: PATH, createdAt: CREATED_AT });
    expect(readDocumentEvent(headers, body)).toEqual({ kind, path: PATH, createdAt: CREATED_AT });
  },
);

test("an event with the caller's identity is one as well", () => {
  const { headers, body } = documentEvent({ kind: "written", path: PATH, createdAt: CREATED_AT });
  const withAuth = { ...headers, "ce-type": `${headers["ce-type"]}.withAuthContext` };
  expect(readDocumentEvent(withAuth, body).path).toBe(PATH);
});

describe("what is no event of a document is refused", () => {
  const { headers, body } = documentEvent({ kind: "created", path: PATH, createdAt: CREATED_AT });
  test.each([
    [
      "another type",
      { ...headers, "ce-type": "google.cloud.pubsub.topic.v1.messagePublished" },
      body,
      "ce-type",
    ],
    ["no type", {}, body, "ce-type"],
    ["no body", headers, undefined, "body: is empty"],
    ["an empty body", headers, Buffer.alloc(0), "body: is empty"],
    ["half a body", headers, body.subarray(0, body.length - 3), "body: cannot be read"],
    [
      "a name that is not UTF-8",
      headers,
      Buffer.from(body.toString("latin1").replaceAll("documents/", "documents\xff"), "latin1"),
      "body: cannot be read",
    ],
    ["JSON", headers, Buffer.from('{"value":{}}'), "body"],
  ])("%s", (_, given, bytes, reason) => {
    expect(() => readDocumentEvent(given, bytes)).toThrow(reason);
  });

  test("a document without a time", () => {
    const { body: timeless } = documentEvent({ kind: "created", path: PATH, createdAt: 0 });
    expect(() => readDocumentEvent(headers, timeless)).toThrow("when the document was created");
  });
});
