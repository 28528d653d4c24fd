import { describe, expect, test } from "vitest";
import { TOPOLOGY } from "../bus/topology.ts";
import { emptyBooks } from "../domain/books.ts";
import { broadcastId, chunkId, rangeId } from "../domain/ids.ts";
import { makeBroadcast } from "../testing/records.ts";
import { audienceRanges } from "./audience-ranges.ts";
import { broadcastEvents, finishedEvent, pruneEvent } from "./broadcast-events.ts";
import { broadcastRequests } from "./broadcast-requests.ts";
import { broadcastsDue } from "./broadcasts-due.ts";
import { tokenChunks, urgentTokenChunks } from "./token-chunks.ts";

const ID = broadcastId("test", "events");

test("every event has a topic that is declared", () => {
  const events = [
    audienceRanges,
    broadcastEvents,
    broadcastRequests,
    broadcastsDue,
    tokenChunks,
    urgentTokenChunks,
  ];
  expect(events.map(({ topic }) => topic).filter((topic) => !TOPOLOGY.topics.includes(topic))).toEqual([]);
  expect(new Set(events.map(({ topic }) => topic)).size).toBe(events.length);
});

describe("ids", () => {
  test("as they are derived are taken", () => {
    expect(broadcastsDue.decode(broadcastsDue.encode({ broadcastId: ID }).data)).toEqual({ broadcastId: ID });
    for (const index of [0, 400]) {
      const value = { rangeId: rangeId(ID, index) };
      expect(audienceRanges.decode(audienceRanges.encode(value).data)).toEqual(value);
    }
    for (const sequence of [0, 999_999, 1_000_000]) {
      const value = { chunkId: chunkId(rangeId(ID, 1), sequence) };
      expect(tokenChunks.decode(urgentTokenChunks.encode(value).data)).toEqual(value);
    }
  });

  test.each([
    ["a broadcast's", () => broadcastsDue.decode(`{"v":1,"broadcastId":"${ID}x"}`), "broadcastId"],
    ["a range's", () => audienceRanges.decode(`{"v":1,"rangeId":"${ID}"}`), "rangeId"],
    ["a chunk's", () => tokenChunks.decode(`{"v":1,"chunkId":"${ID}.000/../x.000000"}`), "chunkId"],
    ["an urgent chunk's", () => urgentTokenChunks.decode(`{"v":1,"chunkId":"${ID}.000"}`), "chunkId"],
  ])("of another form than %s are refused", (_, decode, field) => {
    expect(decode).toThrow(`${field}: is not a`);
  });
});

describe("what other services are told", () => {
  const books = { ...emptyBooks(), resolved: 3, accepted: 1, rejected: { UNREGISTERED: 2 } };

  test("of a finished broadcast is its phase, its books and why, under a derived id", () => {
    const broadcast = makeBroadcast("events", { phase: "failed", fault: "why", books });
    const { data } = finishedEvent(broadcast);
    expect(broadcastEvents.decode(data)).toEqual({
      type: "broadcast.finished",
      eventId: `${broadcast.id}.finished`,
      broadcastId: broadcast.id,
      caller: "test",
      idempotencyKey: "events",
      phase: "failed",
      fault: "why",
      books,
    });
    expect(finishedEvent(broadcast).data).toBe(data);
    const unharmed = finishedEvent({ ...broadcast, phase: "succeeded", fault: undefined });
    expect(broadcastEvents.decode(unharmed.data)).not.toHaveProperty("fault");
  });

  test.each([
    { phase: "scheduled" as const, books },
    { phase: "running" as const, books },
    { phase: "succeeded" as const, books: null },
  ])("is nothing before it has finished: %j", (fields) => {
    expect(() => finishedEvent(makeBroadcast("events", fields))).toThrow("has not finished");
  });

  test("of pruning is which broadcast", () => {
    const event = { type: "broadcast.prune", eventId: `${ID}.prune`, broadcastId: ID };
    expect(broadcastEvents.decode(pruneEvent(ID).data)).toEqual(event);
  });

  test("of a refused request is why, as far as it could be read", () => {
    const event = { type: "request.failed" as const, eventId: "e", reason: "the message is not JSON" };
    expect(broadcastEvents.decode(broadcastEvents.encode(event).data)).toEqual(event);
    const known = { ...event, caller: "c", idempotencyKey: "k" };
    expect(broadcastEvents.decode(broadcastEvents.encode(known).data)).toEqual(known);
  });

  test("is refused where it is of no known type, or its books are no counts", () => {
    const { data } = finishedEvent(makeBroadcast("events", { phase: "succeeded", books }));
    expect(() => broadcastEvents.decode(data.replace("broadcast.finished", "broadcast.ended"))).toThrow(
      "type: ",
    );
    expect(() => broadcastEvents.decode(data.replace('"open":0', '"open":-1'))).toThrow("books.open: ");
    expect(() => broadcastEvents.decode(data.replace('"late":0', '"more":0'))).toThrow("books.more: ");
    expect(() => broadcastEvents.decode(data.replace(',"late":0', ""))).toThrow("books.late: ");
  });
});
