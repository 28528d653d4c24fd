import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TerminalError } from "@fanfare/shared/errors";
import type { ChildReport } from "@fanfare/shared/runtime/process";
import type { Listening } from "./simulator-process.ts";

/** A process of ours, which may be killed and started again. It ends by itself when this process is gone. */
export interface Child {
  /** Starts it, or starts it again after it was killed. Resolves when it is ready. */
  start(): Promise<void>;
  /** Ends it with no chance to clean up, as a crash does. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it has. It cannot be started again. */
  stop(): Promise<void>;
  /** The most memory any of its processes has held, in megabytes. */
  peakRssMb(): number;
}

interface ChildOptions {
  name: string;
  /** The file to run, and what it gets. */
  main: string;
  args?: string[];
  environment?: NodeJS.ProcessEnv;
  /** Options of Node's. */
  execArgv?: string[];
  /** Called when it ends without having been asked to. */
  onDeath: (reason: Error) => void;
  onListening?: (url: string) => void;
}

const STOP_MS = 20_000;

/**
 * Heaps as small as the work needs. V8 would otherwise let garbage pile up as long as there is memory, and nobody
 * could tell that from a service whose memory grows with the audience.
 */
const SMALL_HEAP = ["--max-semi-space-size=4", "--max-old-space-size=96"];

export function createService(
  name: string,
  environment: NodeJS.ProcessEnv,
  onDeath: ChildOptions["onDeath"],
): Child {
  const main = fileURLToPath(import.meta.resolve(`@fanfare/${name}/main`));
  return createChild({ name, main, environment, execArgv: SMALL_HEAP, onDeath });
}

/** The simulator, on any free port. @param onListening called with its address before `start` resolves */
export function createSimulatorProcess(
  seed: string,
  onDeath: ChildOptions["onDeath"],
  onListening: (url: string) => void,
): Child {
  const main = fileURLToPath(import.meta.resolve("./simulator-process.ts"));
  return createChild({ name: "simulator", main, args: [seed], onDeath, onListening });
}

/** What it writes to standard error goes to ours. */
function createChild(options: ChildOptions): Child {
  const { name, main, args = [], environment = process.env, execArgv = [], onDeath, onListening } = options;
  let peak = 0;
  let child: ChildProcess | null = null;
  let stopped = false;

  async function start(): Promise<void> {
    if (stopped) return;
    const started = fork(main, args, {
      env: environment,
      execArgv,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child = started;
    const ready = Promise.withResolvers<void>();
    started.on("message", (told: ChildReport | Listening) => {
      if (told.type === "ready") ready.resolve();
      else if (told.type === "usage") peak = Math.max(peak, told.peakRssMb);
      else onListening?.(told.url);
    });
    started.once("exit", (code, signal) => {
      const reason = new TerminalError(
        "CHILD_ENDED",
        `the ${name} ended by itself (${signal ?? `exit code ${code}`})`,
      );
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
    // Not `exit`: what it told last may still be on its way then.
    await once(ending, "close");
    clearTimeout(timer);
  }

  return {
    start,
    kill: () => end("SIGKILL"),
    async stop() {
      stopped = true;
      await end("SIGTERM");
    },
    peakRssMb: () => peak,
  };
}
