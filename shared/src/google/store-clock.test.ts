import { beforeEach, expect, test } from "vitest";
import { RetryableError } from "../errors.ts";
import { restoreDate, shiftDate } from "../testing/shift-date.ts";
import { createStoreClock, type StoreClock } from "./store-clock.ts";

const READ_AT = 1_800_000_000_000;

let monotonic: number;
/** How often the store was asked. */
let asked: number;
let answer: () => Promise<void>;
let clock: StoreClock;
beforeEach(() => {
  monotonic = 5_000;
  asked = 0;
  answer = async () => clock.observe(READ_AT);
  const read = () => {
    asked += 1;
    return answer();
  };
  clock = createStoreClock(read, () => monotonic);
});

test("the time is unknown before the first answer, and trying again helps", async () => {
  expect(() => clock.now()).toThrow(RetryableError);
  expect(() => clock.now()).toThrow(expect.objectContaining({ code: "CLOCK_UNKNOWN" }));
  await clock.sync();
  expect(clock.now()).toBe(READ_AT);
});

test("time goes on from the last answer, in whole milliseconds, whatever the wall clock says", () => {
  clock.observe(READ_AT);
  monotonic += 1_234.9;
  shiftDate(86_400_000);
  expect(clock.now()).toBe(READ_AT + 1_234);
  restoreDate();
});

test("a later read counts although it says less, an earlier one that is answered late does not", () => {
  clock.observe(READ_AT);
  monotonic += 400;
  clock.observe(READ_AT + 300);
  expect(clock.now()).toBe(READ_AT + 300);
  clock.observe(READ_AT + 200);
  expect(clock.now()).toBe(READ_AT + 300);
});

test("the store is asked again once its last word is ten seconds old", async () => {
  await clock.sync();
  monotonic += 9_999;
  await clock.sync();
  expect(asked).toBe(1);
  clock.observe(READ_AT + 5_000);
  monotonic += 9_999;
  await clock.sync();
  expect(asked).toBe(1);
  monotonic += 1;
  await clock.sync();
  expect(asked).toBe(2);
});

test("many that ask at once share one question, and one that failed is asked again", async () => {
  const said = Promise.withResolvers<void>();
  answer = () => said.promise;
  const all = [clock.sync(), clock.sync(), clock.sync()];
  said.reject(new RetryableError("UNAVAILABLE", "no answer"));
  for (const one of all) await expect(one).rejects.toThrow("no answer");
  expect(asked).toBe(1);
  answer = async () => clock.observe(READ_AT);
  await clock.sync();
  expect([asked, clock.now()]).toEqual([2, READ_AT]);
});
