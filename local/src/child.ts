import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { TerminalError } from "@fanfare/shared/errors";
import type { ChildReport, ProcessUsage } from "@fanfare/shared/hosting/process";
import { type Stalled, stallProcess } from "./stall-process.ts";

/** A process of ours, which may be killed and started again. It ends by itself when this process is gone. */
export interface Child {
  /** Its process's id, while it runs. */
  pid(): number | undefined;
  /** Starts it, or starts it again after it was killed. Resolves when it is ready. */
  start(): Promise<void>;
  /** Sends it a message; nobody gets it where it does not run. */
  tell(message: object): void;
  /** Keeps it from running (SIGSTOP) until it is woken. It wakes, and ends by itself, when this process is gone. */
  stall(): void;
  /** Lets it run on. */
  wake(): void;
  /** Ends it with no chance to clean up, as a crash does. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it has. It cannot be started again. */
  stop(): Promise<void>;
  /**
   * The most memory any of its processes has held, and the processor time of them all. What one that was killed had
   * used since it last told, which is half a second as a rule, nobody knows.
   */
  usage(): ProcessUsage;
}

export interface ChildOptions {
  name: string;
  /** The file to run, and what it gets. */
  main: string;
  args?: string[];
  environment?: NodeJS.ProcessEnv;
  /** Options of Node's. */
  execArgv?: string[];
  /** Called when it ends without having been asked to. */
  onDeath: (reason: Error) => void;
  /** Gets what it tells beside that it is ready, and what it uses. */
  onMessage?: (message: object) => void;
  /** Resolves when it is ready, where it does not tell so itself. Given up when the signal says so. */
  ready?: (signal: AbortSignal) => Promise<void>;
  /** Gets each line that it writes to standard error, which goes to ours otherwise. */
  onLog?: ((line: string) => void) | undefined;
}

/** What a child that listens tells its parent. */
export interface Listening {
  type: "listening";
  url: string;
}

const STOP_MS = 20_000;

/**
 * Heaps as small as the work needs. V8 would otherwise let garbage pile up as long as there is memory, and nobody
 * could tell that from a service whose memory grows with the audience.
 */
export const SMALL_HEAP = ["--max-semi-space-size=4", "--max-old-space-size=96"];

export function createChild(options: ChildOptions): Child {
  const { name, main, args = [], environment = process.env, execArgv = [], onDeath } = options;
  const used: ProcessUsage = { peakRssMb: 0, cpuSeconds: 0 };
  let child: ChildProcess | null = null;
  let stopped = false;
  let stalled: Stalled | null = null;

  function wake(): void {
    stalled?.wake();
    stalled = null;
  }

  async function start(): Promise<void> {
    if (stopped) return;
    const started = fork(main, args, {
      env: environment,
      execArgv,
      stdio: ["ignore", "ignore", options.onLog ? "pipe" : "inherit", "ipc"],
    });
    if (started.stderr && options.onLog) createInterface({ input: started.stderr }).on("line", options.onLog);
    child = started;
    const told = Promise.withResolvers<void>();
    const gone = new AbortController();
    const noteUsage = createNoteUsage(used);
    started.on("message", (message: object) => {
      const report = message as ChildReport;
      if (report.type === "ready") told.resolve();
      else if (report.type === "usage") noteUsage(report);
      else options.onMessage?.(message);
    });
    started.once("exit", (code, signal) => {
      const reason = new TerminalError(
        "CHILD_ENDED",
        `the ${name} ended by itself (${signal ?? `exit code ${code}`})`,
      );
      told.reject(reason);
      gone.abort(reason);
      if (child !== started) return;
      wake();
      onDeath(reason);
    });
    if (!options.ready) return told.promise;
    told.promise.catch(() => undefined);
    await options.ready(gone.signal);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = null;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const timer = setTimeout(() => ending.kill("SIGKILL"), STOP_MS);
    ending.kill(signal);
    // What is stalled takes no signal but SIGKILL before it is woken.
    wake();
    // Not `exit`: what it told last may still be on its way then.
    await once(ending, "close");
    clearTimeout(timer);
  }

  return {
    pid: () => child?.pid,
    start,
    tell: (message) => void child?.send(message),
    stall() {
      if (child && !stalled) stalled = stallProcess(child);
    },
    wake,
    kill: () => end("SIGKILL"),
    async stop() {
      stopped = true;
      await end("SIGTERM");
    },
    usage: () => ({ ...used }),
  };
}

/** Adds what one process tells, again and again and since its own beginning, to what those before it used. */
function createNoteUsage(used: ProcessUsage): (told: ProcessUsage) => void {
  let before = 0;
  return ({ peakRssMb, cpuSeconds }) => {
    used.peakRssMb = Math.max(used.peakRssMb, peakRssMb);
    used.cpuSeconds += cpuSeconds - before;
    before = cpuSeconds;
  };
}
