import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { DemoReport } from "../../cli/src/demo/report.ts";

const COMMAND = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));

/** What came of a run of the demo; its services logged all they can to `stderr`. */
export interface DemoRun {
  exitCode: number | null;
  report: DemoReport;
  stderr: string;
}

/** Runs the demo as a person would, in a process of its own. */
export async function demo(...options: string[]): Promise<DemoRun> {
  const env = { ...process.env, FANFARE_LOG_LEVEL: "debug" };
  const child = spawn(process.execPath, [COMMAND, "demo", "--json", ...options], { env, stdio: "pipe" });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  expect(last, stderr).toMatch(/^\{/);
  return { exitCode, report: JSON.parse(last), stderr };
}
