import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** A program that ends with this process at the latest. */
export interface Kept {
  /** What it wrote last, standard output and standard error in one. */
  output(): string;
  /** Resolves when the program, and everything it started, is gone. */
  ended: Promise<void>;
  /** Ends it at once, with everything it started, and waits until it is gone. */
  kill(): Promise<void>;
}

const KEEPER = fileURLToPath(new URL("./keeper.ts", import.meta.url));
const TAIL_CHARACTERS = 4_000;

/** Starts a program that does not outlive this process, and does not keep it alive either. */
export function keep(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Kept {
  const keeper = fork(KEEPER, [command, ...args], {
    env,
    execArgv: [],
    // In a group of its own: Ctrl-C in a terminal is for us, who may still need the program to end well.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [keeper.stdout, keeper.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-TAIL_CHARACTERS);
    });
  }
  const killGroup = () => {
    try {
      if (keeper.pid !== undefined) process.kill(-keeper.pid, "SIGKILL");
    } catch {
      // All of it is gone.
    }
  };
  // Should the keeper be killed, what it kept must not stay.
  keeper.once("exit", killGroup);
  // Not `exit`: the pipes close when the last process that holds them is gone.
  const ended = once(keeper, "close").then(() => undefined);
  holdOn(keeper, "unref");
  return {
    output: () => output,
    ended,
    async kill() {
      holdOn(keeper, "ref");
      killGroup();
      await ended;
    },
  };
}

/** Whether this process stays alive for the other: not while it runs, but until it is gone, where somebody waits. */
function holdOn(child: ChildProcess, how: "ref" | "unref"): void {
  child[how]();
  child.channel?.[how]();
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream[how]();
}
