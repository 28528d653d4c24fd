import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "@fanfare/local/installation/free-port";

/** What a worker pool leaves a process that it has asked to end, in milliseconds. */
const LAST_MS = 10_000;

/** The sender on streaming pull, as a process of its own. */
export interface SenderWorker {
  /** What its health check answers; null where nobody does. */
  health(): Promise<number | null>;
  /** Asks it to end, and kills it where it takes longer than it may. Resolves with its exit code or the signal. */
  end(): Promise<number | NodeJS.Signals>;
  /** Ends it at once, if it still runs. */
  kill(): void;
}

export async function startSenderWorker(settings: Record<string, string>): Promise<SenderWorker> {
  const port = await freePort();
  const main = fileURLToPath(import.meta.resolve("@fanfare/sender/worker"));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...settings, PORT: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended: Promise<number | NodeJS.Signals> = once(child, "exit").then(
    ([code, signal]) => code ?? signal,
  );
  return {
    async health() {
      const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
      await response?.body?.cancel();
      return response?.status ?? null;
    },
    async end() {
      const timer = setTimeout(() => child.kill("SIGKILL"), LAST_MS);
      child.kill("SIGTERM");
      return ended.finally(() => clearTimeout(timer));
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
