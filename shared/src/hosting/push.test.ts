import { describe, expect, test } from "vitest";
import { InvalidInput } from "../errors.ts";
import { readPush, traceOf } from "./push.ts";

const text = '{"v":1,"chunkId":"é"}';
const message = {
  data: Buffer.from(text).toString("base64"),
  messageId: "17",
  attributes: { type: "chunk" },
  publishTime: "2026-01-01T00:00:00Z",
};
const envelope = { subscription: "projects/p/subscriptions/sender.chunks", deliveryAttempt: 3, message };
const delivery = { messageId: "17", data: text, attributes: { type: "chunk" }, attempt: 3 };
const SOURCE = "//pubsub.googleapis.com/projects/p/topics/token-chunks";

describe("a push", () => {
  test("comes as Pub/Sub's envelope", () => {
    const pushed = readPush({}, envelope);
    expect(pushed).toEqual({ delivery, subscription: "sender.chunks", topic: undefined });
  });

  test("comes as a CloudEvent in binary form, which tells the topic too", () => {
    const headers = { "ce-type": "google.cloud.pubsub.topic.v1.messagePublished", "ce-source": SOURCE };
    expect(readPush(headers, envelope)).toMatchObject({ delivery, topic: "token-chunks" });
  });

  test("comes as a CloudEvent in structured form", () => {
    const event = { specversion: "1.0", id: "1", type: "x", source: SOURCE, data: envelope };
    expect(readPush({}, event)).toMatchObject({
      delivery,
      subscription: "sender.chunks",
      topic: "token-chunks",
    });
  });

  test("may lack data, attributes and attempt", () => {
    const pushed = readPush({}, { subscription: "s", message: { messageId: "1" } });
    expect(pushed.delivery).toEqual({ messageId: "1", data: "", attributes: {}, attempt: 1 });
  });

  test("tells of bytes that are not UTF-8: as text they would be another's", () => {
    const garbled = { ...message, data: Buffer.from([0x22, 0xff, 0x22]).toString("base64") };
    expect(readPush({}, { ...envelope, message: garbled }).delivery).toMatchObject({ isGarbled: true });
    expect(readPush({}, envelope).delivery.isGarbled).toBeUndefined();
  });

  test("tells a dead letter's source by the name that handlers know", () => {
    const attributes = { CloudPubSubDeadLetterSourceSubscription: "my-sender.prune" };
    const pushed = readPush({}, { ...envelope, message: { ...message, attributes } }, "my-");
    expect(pushed.delivery.attributes).toEqual({
      CloudPubSubDeadLetterSourceSubscription: "sender.prune",
    });
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, ""],
    ["text", "hello", ""],
    ["no subscription", { message }, "subscription"],
    ["no message", { subscription: "s" }, "message"],
    ["a message without an id", { subscription: "s", message: { data: "" } }, "message.messageId"],
    ["data that is no base64", { subscription: "s", message: { ...message, data: "%%%" } }, "message.data"],
    [
      "attributes that are no text",
      { subscription: "s", message: { ...message, attributes: { a: 1 } } },
      "message.attributes.a",
    ],
  ])("is refused with %s", (_, body, field) => {
    expect(() => readPush({}, body)).toThrow(InvalidInput);
    expect(() => readPush({}, body)).toThrow(`${field}: `);
  });
});

describe("the trace of a request", () => {
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const joined = `projects/p/traces/${trace}`;

  test.each<[string, Record<string, string>, string | undefined]>([
    ["W3C's header", { traceparent: `00-${trace}-b7ad6b7169203331-01` }, joined],
    ["Google's older header", { "x-cloud-trace-context": `${trace}/123;o=1` }, joined],
    ["none", {}, undefined],
    ["nonsense", { traceparent: "hello", "x-cloud-trace-context": "/;" }, undefined],
  ])("is read from %s", (_, headers, expected) => {
    expect(traceOf(headers, "p")).toBe(expected);
  });
});
