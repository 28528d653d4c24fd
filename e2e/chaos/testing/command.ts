import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { ChaosReport } from "../report.ts";

export interface Run {
  /** The exit code, or the signal that ended it. */
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Starts the chaos suite as a person would, in a process of its own that keeps its temporary files in `folder`. */
export function startChaos(
  folder: string,
  ...args: string[]
): { process: ChildProcess; ended: Promise<Run> } {
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return {
    process: child,
    ended: ended.then(([[code, signal], stdout, stderr]) => ({ code: code ?? signal, stdout, stderr })),
  };
}

/** Plays rounds to their end. */
export async function playChaos(folder: string, ...args: string[]): Promise<Run & { report: ChaosReport }> {
  const run = await startChaos(folder, "--json", ...args).ended;
  return { ...run, report: JSON.parse(run.stdout || "null") };
}
