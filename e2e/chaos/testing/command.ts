import { fileURLToPath } from "node:url";
import { type Result, type Running, start } from "@fanfare/cli/testing/fanfare";
import type { ChaosReport } from "../report.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Starts the chaos suite as a person would, in a process of its own that keeps its temporary files in `folder`. */
export function startChaos(folder: string, ...args: string[]): Running {
  return start(args, { TMPDIR: folder }, MAIN);
}

/** Plays rounds to their end. */
export async function playChaos(
  folder: string,
  ...args: string[]
): Promise<Result & { report: ChaosReport }> {
  const result = await startChaos(folder, "--json", ...args).ended;
  return { ...result, report: JSON.parse(result.stdout || "null") };
}
