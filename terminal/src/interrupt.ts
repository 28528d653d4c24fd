import { aborted } from "node:util";

/** The user or the system asked the process to end in the middle of its work. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** What a shell expects of a process that a signal ended. */
  readonly exitCode: number;
  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP") {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}

/** Calls `stop` at the first such signal. A second one ends the process at once, as if nobody listened. */
export function onInterrupt(stop: (reason: Interrupted) => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => stop(new Interrupted(signal)));
}

/** Waits for some work, and no longer once the signal says so; the work itself goes on. @throws the signal's reason */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const end = aborted(signal, signal).then(() => {
    throw signal.reason;
  });
  return await Promise.race([work, end]);
}
