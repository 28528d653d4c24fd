import { fanfare, type Result } from "@fanfare/cli/testing/fanfare";
import type { DemoReport } from "@fanfare/demo/report";
import { expect } from "vitest";

/** What came of a run of the demo; its services logged all they can to `stderr`. */
export interface DemoRun extends Pick<Result, "code" | "stderr"> {
  report: DemoReport;
}

/** Runs the demo as a person would, in a process of its own. */
export async function demo(...options: string[]): Promise<DemoRun> {
  const { code, stdout, stderr } = await fanfare(["demo", "--json", ...options], {
    FANFARE_LOG_LEVEL: "debug",
  });
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  expect(last, stderr).toMatch(/^\{/);
  return { code, report: JSON.parse(last), stderr };
}
