import { describe, expect, test } from "vitest";
import { readIsoTime } from "./iso-time.ts";

test.each([
  ["2027-01-31T18:00:00Z", Date.UTC(2027, 0, 31, 18)],
  ["2027-01-31T18:00:00+01:00", Date.UTC(2027, 0, 31, 17)],
  ["2027-01-31T18:00:00.5-05:30", Date.UTC(2027, 0, 31, 23, 30, 0, 500)],
  ["2027-01-31T18:00:00.123456789Z", Date.UTC(2027, 0, 31, 18, 0, 0, 123)],
  ["2027-01-31T18:00Z", Date.UTC(2027, 0, 31, 18)],
  ["2027-01-31 18:00:00+00:00", Date.UTC(2027, 0, 31, 18)],
  ["2028-02-29T00:00:00Z", Date.UTC(2028, 1, 29)],
  ["2027-12-31T23:59:59-23:59", Date.UTC(2028, 0, 1, 23, 58, 59)],
])("%s is a time", (text, ms) => {
  expect(readIsoTime(text)).toEqual({ kind: "time", ms });
});

describe("is refused, with the reason", () => {
  const GENERAL = "must be a date and time with its zone, such as 2027-01-31T18:00:00+01:00";
  const ORDER = "begins with the day or the month: write the year first, such as 2027-01-31T18:00:00+01:00";
  const ZONE = "has no zone, such as Z or +01:00";
  const day = (text: string) => `names a day that does not exist: ${text}`;

  test.each([
    ["2027-02-30T10:00:00Z", day("2027-02-30")],
    ["2027-02-29T10:00:00+01:00", day("2027-02-29")],
    ["2027-02-30", day("2027-02-30")],
    ["2027-13-01T10:00:00Z", day("2027-13-01")],
    ["2027-00-10T10:00:00Z", day("2027-00-10")],
    ["2027-04-31 10:00:00", day("2027-04-31")],
    ["02/01/2027", ORDER],
    ["2/1/2027 10:00", ORDER],
    ["02.01.2027 10:00:00", ORDER],
    ["02-01-2027T10:00:00Z", ORDER],
    ["1/2/27", ORDER],
    ["2026-01-01 10:00:00", ZONE],
    ["2026-01-01T10:00:00", ZONE],
    ["2026-01-01T10:00:00.000", ZONE],
    ["2026-01-01T10:00", ZONE],
    ["2026-01-01", GENERAL],
    ["2026-01-01T25:00:00Z", GENERAL],
    ["2026-01-01T24:00:00Z", GENERAL],
    ["2026-01-01T10:60:00Z", GENERAL],
    ["2026-01-01T10:00:00+24:00", GENERAL],
    ["2026-01-01T10:00:00+0100", GENERAL],
    ["2026-01-01T10:00:00 UTC", GENERAL],
    ["January 1, 2026 at 10:00:00 AM UTC+1", GENERAL],
    ["Thu Jan 01 2026 10:00:00 GMT+0100", GENERAL],
    ["+012026-01-01T10:00:00Z", GENERAL],
    ["1700000000.5", GENERAL],
    ["tomorrow", GENERAL],
    ["", GENERAL],
  ])("%j", (text, message) => {
    expect(readIsoTime(text)).toEqual({ kind: "fault", message });
  });
});
