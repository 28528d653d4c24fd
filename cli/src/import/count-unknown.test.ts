import { expect, test } from "vitest";
import { createUnknownCount } from "./count-unknown.ts";

test("a type of its own on every line takes no more memory than ten thousand do, and all are counted", () => {
  const unknown = createUnknownCount();
  for (let line = 0; line < 12_000; line++) unknown.add(`model ${line}`);
  for (let line = 0; line < 3; line++) unknown.add("model 1");
  unknown.add("iPhone");
  const { registrations, types, others } = unknown.summary();
  expect(registrations).toBe(12_003);
  expect(types[0]).toEqual({ type: "model 1", registrations: 4 });
  expect(others).toBe(12_003 - 4 - 19);
});
