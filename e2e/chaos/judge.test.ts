import { expect, test } from "vitest";
import { checkPhones } from "./judge.ts";
import { makeSeen } from "./testing/seen.ts";

test("it is found out when a phone shows the same twice, or gets what belongs to no broadcast", () => {
  const { log, broadcast } = makeSeen();
  expect(checkPhones(log, { shownTwice: 0 }, [{ broadcast }])).toEqual([]);
  expect(checkPhones(log, { shownTwice: 2 }, [{ broadcast }])).toEqual([
    "2 phones show a notification twice",
  ]);
  expect(checkPhones([{ broadcast: "" }], { shownTwice: 0 }, [{ broadcast }])).toEqual([
    "1 addresses were sent to outside of every broadcast",
  ]);
});
