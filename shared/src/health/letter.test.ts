import { expect, test } from "vitest";
import { SOURCE_SUBSCRIPTION } from "../bus/dead-letters.ts";
import { broadcastId, chunkId, rangeId } from "../domain/ids.ts";
import { audienceRanges } from "../events/audience-ranges.ts";
import { broadcastsDue } from "../events/broadcasts-due.ts";
import { tokenChunks } from "../events/token-chunks.ts";
import { REASON } from "../hosting/event-endpoint.ts";
import { letterOf } from "./letter.ts";

const BROADCAST = broadcastId("test", "letter");
const RANGE = rangeId(BROADCAST, 7);
const CHUNK = chunkId(RANGE, 12);

const aboutOf = (data: string) => letterOf({ messageId: "m", data, attributes: {}, attempt: 1 }).about;

test.each([
  ["a broadcast", broadcastsDue.encode({ broadcastId: BROADCAST }).data, BROADCAST],
  ["a range", audienceRanges.encode({ rangeId: RANGE }).data, RANGE],
  ["a chunk", tokenChunks.encode({ chunkId: CHUNK }).data, CHUNK],
  ["nothing of ours", '{"chunkId":"somebody@example.com"}', undefined],
  ["what cannot be read", "{", undefined],
])("a letter about %s says so", (_, data, about) => {
  expect(aboutOf(data)).toBe(about);
});

test("it keeps whose it was and why it died", () => {
  const attributes = {
    [SOURCE_SUBSCRIPTION]: "sender.chunks",
    [REASON]: "NOT_JSON: the message is not JSON",
  };
  expect(letterOf({ messageId: "m", data: "{", attributes, attempt: 1 })).toEqual({
    messageId: "m",
    subscription: "sender.chunks",
    reason: "NOT_JSON: the message is not JSON",
  });
});

test("one that nobody refused ran out of attempts", () => {
  expect(letterOf({ messageId: "m", data: "", attributes: {}, attempt: 1 })).toMatchObject({
    subscription: "unknown",
    reason: "it failed at every attempt",
  });
});
