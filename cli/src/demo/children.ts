import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ChildReport } from "@fanfare/shared/runtime/process";

/** A service in a process of its own, which may be killed and started again. */
export interface Child {
  /** The most memory any of its processes has held, in megabytes. */
  peakRssMb(): number;
  /** Ends it with no chance to clean up, as a crash does. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again after it was killed. */
  start(): Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

const STOP_MS = 20_000;

/**
 * Heaps as small as the work needs. V8 would otherwise let garbage pile up as long as there is memory, and nobody
 * could tell that from a service whose memory grows with the audience.
 */
const SMALL_HEAP = ["--max-semi-space-size=4", "--max-old-space-size=96"];

/**
 * Starts a service's `main.ts` as a child. What it writes to standard error goes to ours.
 * @param onDeath called when it ends without having been asked to
 */
export async function startService(
  name: string,
  environment: NodeJS.ProcessEnv,
  onDeath: (reason: Error) => void,
): Promise<Child> {
  const main = fileURLToPath(import.meta.resolve(`@fanfare/${name}/main`));
  let peak = 0;
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const started = fork(main, [], {
      env: environment,
      execArgv: SMALL_HEAP,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child = started;
    const ready = Promise.withResolvers<void>();
    started.on("message", (report: ChildReport) => {
      if (report.type === "ready") ready.resolve();
      else peak = Math.max(peak, report.peakRssMb);
    });
    started.once("exit", (code, signal) => {
      const reason = new Error(`the ${name} ended by itself (${signal ?? `exit code ${code}`})`);
      ready.reject(reason);
      if (child === started) onDeath(reason);
    });
    await ready.promise;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = null;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const timer = setTimeout(() => ending.kill("SIGKILL"), STOP_MS);
    ending.kill(signal);
    await once(ending, "exit");
    clearTimeout(timer);
  }

  await start();
  return { peakRssMb: () => peak, kill: () => end("SIGKILL"), start, stop: () => end("SIGTERM") };
}

/** Starts the simulator as a child, on any free port. */
export async function startSimulator(seed: string): Promise<{ url: string; stop(): Promise<void> }> {
  const main = fileURLToPath(import.meta.resolve("@fanfare/simulator/main"));
  const child = spawn(process.execPath, [main, "--port", "0", "--seed", seed, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line") as Promise<[string]>,
    exit.then(() => Promise.reject(new Error("the simulator did not start"))),
  ]);
  return {
    url: JSON.parse(line).url,
    async stop() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}
