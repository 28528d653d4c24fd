import { describe, expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

/** When the answers here were made. No clock of ours says so. */
const DATE = "Mon, 01 Mar 2027 12:00:00 GMT";

describe("Retry-After", () => {
  test.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ["0", 0],
    ["120", 120_000],
    [" 120 ", 120_000],
    ["Mon, 01 Mar 2027 12:01:00 GMT", 60_000],
    ["Mon, 01 Mar 2027 11:00:00 GMT", 0],
    ["", undefined],
    ["soon", undefined],
    ["soon 5", undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["5 minutes", undefined],
    ["120, 120", undefined],
    ["Mon, 99 Mar 2027 12:00:00 GMT", undefined],
  ])("%j is %s ms", (header, ms) => {
    expect(retryAfterMs(header, DATE)).toBe(ms);
  });

  test.each<[string | undefined, number | undefined]>([
    ["Mon, 01 Mar 2027 11:00:00 GMT", 3_660_000],
    [` ${DATE} `, 60_000],
    [undefined, undefined],
    ["", undefined],
    ["1 March 2027", undefined],
    ["Mon, 99 Mar 2027 12:00:00 GMT", undefined],
  ])("as a date in an answer of %j is %s ms", (date, ms) => {
    expect(retryAfterMs("Mon, 01 Mar 2027 12:01:00 GMT", date)).toBe(ms);
    expect(retryAfterMs("120", date)).toBe(120_000);
  });
});
