import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a run of the command came to. */
export interface Result {
  /** The exit code, or the signal that ended it. */
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  ended: Promise<Result>;
}

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Starts `fanfare` as a process of its own, without a terminal and without settings but these. */
export function start(args: string[], settings: Record<string, string> = {}): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FANFARE_"));
  const env = { ...Object.fromEntries(inherited), ...settings };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code: code ?? signal, stdout, stderr }));
  return { process: child, ended };
}

/** Runs `fanfare` to its end. */
export function fanfare(args: string[], settings: Record<string, string> = {}): Promise<Result> {
  return start(args, settings).ended;
}
