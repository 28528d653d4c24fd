import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TerminalError } from "@fanfare/shared/errors";
import { connectSimulator, type SimulatorClient } from "../../cli/src/demo/simulator-client.ts";
import type { PlaceDeps } from "../../cli/src/installation/place.ts";

/** What the simulator's process is asked to look out for: that so many devices of a broadcast were accepted. */
export interface Watched {
  broadcast: string;
  devices: number;
}

/** What it tells. `at` is its own time, in ms since 1970. */
export type Told = { type: "listening"; url: string } | { type: "accepted"; broadcast: string; at: number };

export interface WatchedSimulator extends SimulatorClient {
  url: string;
  /** Resolves with the time at which the last of its devices was accepted. To be called before it is sent. */
  accepted(watched: Watched): Promise<number>;
}

/** Starts the simulator in a process of its own. */
export async function startSimulator({ closing, onDeath }: PlaceDeps): Promise<WatchedSimulator> {
  const child = fork(fileURLToPath(import.meta.resolve("./simulator-process.ts")));
  const died = () => onDeath(new TerminalError("CHILD_ENDED", "the simulator ended by itself"), "simulator");
  child.once("exit", died);
  closing.defer(() => end(child.off("exit", died)));
  const listening = Promise.withResolvers<string>();
  const waiting = new Map<string, (at: number) => void>();
  child.on("message", (told: Told | { type: "ready" | "usage" }) => {
    if (told.type === "listening") listening.resolve(told.url);
    if (told.type === "accepted") waiting.get(told.broadcast)?.(told.at);
  });
  const url = await listening.promise;
  return {
    ...connectSimulator(url),
    url,
    accepted(watched) {
      const { promise, resolve } = Promise.withResolvers<number>();
      waiting.set(watched.broadcast, resolve);
      child.send(watched);
      return promise;
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, "exit");
}
