import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";

/** A process that is there and does not run. */
export interface Stalled {
  wake(): void;
}

/** Wakes a process once its own standard input ends. */
const WAKE = 'read -r _; kill -CONT "$1"';

/**
 * Stalls a child. Stopped it would not notice that this process has ended, by whatever signal, and stay for ever: a
 * shell waits for that beside it, in a group of its own so that Ctrl-C does not end it first, and wakes it.
 */
export function stallProcess(child: ChildProcess): Stalled {
  const guard = spawn("sh", ["-c", WAKE, "sh", String(child.pid)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  child.kill("SIGSTOP");
  return {
    wake() {
      // First: a guard that noticed its end late would wake a later stall.
      guard.kill("SIGKILL");
      child.kill("SIGCONT");
    },
  };
}
