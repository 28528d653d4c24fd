import { expect, test } from "vitest";
import { createBodyBudget } from "./body-budget.ts";

test("bodies wait in their order until there is room, and one that is larger than all room comes alone", async () => {
  const budget = createBodyBudget(10);
  const begun: string[] = [];
  const take = async (name: string, bytes: number) => {
    const giveBack = await budget.take(bytes);
    begun.push(name);
    return giveBack;
  };
  const first = await take("first", 6);
  const second = take("second", 99);
  const third = take("third", 1);
  await Promise.resolve();
  expect(begun).toEqual(["first"]);
  first();
  const secondDone = await second;
  expect(begun).toEqual(["first", "second"]);
  secondDone();
  (await third)();
  expect(begun).toEqual(["first", "second", "third"]);
});
