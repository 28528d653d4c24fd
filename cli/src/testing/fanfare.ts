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
  /** Resolves with what it has written to an output, once that holds the text; rejects where it ends before. */
  wrote(text: string, output?: "stdout" | "stderr"): Promise<string>;
}

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Starts `fanfare`, or another file, as a process of its own, without a terminal and without settings but these. */
export function start(args: string[], settings: Record<string, string> = {}, main = MAIN): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FANFARE_"));
  const env = { ...Object.fromEntries(inherited), ...settings };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  for (const output of ["stdout", "stderr"] as const)
    child[output].setEncoding("utf8").on("data", (text: string) => {
      written[output] += text;
    });
  const ended = once(child, "close").then(([code, signal]) => ({ code: code ?? signal, ...written }));
  return {
    process: child,
    ended,
    wrote(text, output = "stdout") {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = () => written[output].includes(text) && resolve(written[output]);
      child[output].on("data", look);
      ended.then((result) => reject(new Error(`it ended without "${text}": ${JSON.stringify(result)}`)));
      look();
      return promise;
    },
  };
}

/** Runs `fanfare` to its end. */
export function fanfare(args: string[], settings: Record<string, string> = {}): Promise<Result> {
  return start(args, settings).ended;
}
