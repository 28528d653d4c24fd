import { expect, test } from "vitest";
import { makeBroadcast } from "../testing/records.ts";
import { readRecord, writeRecord } from "./record.ts";

const STANDSTILL = { mark: "0123456789abcdef", at: 5, lookedAt: 9, why: "w" };

test("a record of version 0.1.0 is read, and is written as that version reads it", () => {
  const broadcast = makeBroadcast("b");
  // As 0.1.0 wrote it: what a broadcast stands still by was called its progress.
  const text = JSON.stringify({ ...broadcast, progress: STANDSTILL });
  expect(readRecord(text)).toEqual({ ...broadcast, standstill: STANDSTILL });
  expect(JSON.parse(writeRecord(readRecord(text)))).toEqual(JSON.parse(text));
});

test("a record without a standstill is the broadcast as it is", () => {
  const broadcast = makeBroadcast("b");
  expect(writeRecord({ ...broadcast, standstill: undefined })).toBe(JSON.stringify(broadcast));
  expect(readRecord(JSON.stringify(broadcast))).toStrictEqual(JSON.parse(JSON.stringify(broadcast)));
});
