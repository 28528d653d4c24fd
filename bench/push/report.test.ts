import { expect, test } from "vitest";
import { reportOf } from "./report.ts";

test("the medians are compared, whatever one round was disturbed by", () => {
  const report = reportOf(20_000, { own: [1, 9, 1.2], framework: [2, 2.4, 7] });
  expect(report).toMatchObject({ cpuSeconds: { own: 1.2, framework: 2.4 }, ratio: 0.5 });
});
