import { spawn } from "node:child_process";
import { once } from "node:events";

/** A real Node process that runs a piece of code, and what it has told so far. */
export interface Child {
  /** Resolves with everything told so far, once there are `count` things; rejects if the process ends before. */
  told(count: number): Promise<unknown[]>;
  send(message: string): void;
  kill(): void;
  /** Resolves with its exit code or the signal that ended it, when everything it told has arrived. */
  ended: Promise<number | NodeJS.Signals | null>;
}

/**
 * Starts a process. `code` is the text of a module, which finds `args` as JSON in `process.argv[1]` and tells things
 * by `process.send`; its imports are absolute.
 */
export function startChild(code: string, args: unknown): Child {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code, JSON.stringify(args)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const messages: unknown[] = [];
  const listeners = new Set<() => void>();
  let over = false;
  const wake = () => {
    for (const listener of listeners) listener();
  };
  child.on("message", (message) => {
    messages.push(message);
    wake();
  });
  // Messages may still be on their way when the process is gone: the end of the channel comes after the last.
  const ended = Promise.all([once(child, "exit"), once(child, "disconnect")]).then(([[code, signal]]) => {
    over = true;
    wake();
    return code ?? signal;
  });

  function told(count: number): Promise<unknown[]> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
    const look = () => {
      if (messages.length < count && !over) return;
      listeners.delete(look);
      if (messages.length >= count) resolve([...messages]);
      else reject(new Error(`the process ended after it had told ${messages.length} of ${count} things`));
    };
    listeners.add(look);
    look();
    return promise;
  }

  return { told, ended, send: (message) => child.send(message), kill: () => child.kill("SIGKILL") };
}
