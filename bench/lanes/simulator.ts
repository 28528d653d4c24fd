import { fileURLToPath } from "node:url";
import { connectSimulator, type SimulatorClient } from "@fanfare/demo/simulator-client";
import { createChild, type Listening } from "@fanfare/local/child";
import type { PlaceDeps } from "@fanfare/local/installation/place";

/** What the simulator's process is asked to look out for: that so many devices of a broadcast were accepted. */
export interface Watched {
  broadcast: string;
  devices: number;
}

/** What it tells. `at` is its own time, in ms since 1970. */
export type Told = Listening | { type: "accepted"; broadcast: string; at: number };

export interface WatchedSimulator extends SimulatorClient {
  url: string;
  /** Resolves with the time at which the last of its devices was accepted. To be called before it is sent. */
  accepted(watched: Watched): Promise<number>;
}

/** Starts the simulator in a process of its own. */
export async function startSimulator({ closing, onDeath }: PlaceDeps): Promise<WatchedSimulator> {
  const listening = Promise.withResolvers<string>();
  const waiting = new Map<string, (at: number) => void>();
  const child = createChild({
    name: "simulator",
    main: fileURLToPath(import.meta.resolve("./simulator-process.ts")),
    onDeath: (reason) => onDeath(reason, "simulator"),
    onMessage(message) {
      const told = message as Told;
      if (told.type === "listening") listening.resolve(told.url);
      else waiting.get(told.broadcast)?.(told.at);
    },
  });
  closing.defer(child.stop);
  await child.start();
  const url = await listening.promise;
  return {
    ...connectSimulator(url),
    url,
    accepted(watched) {
      const { promise, resolve } = Promise.withResolvers<number>();
      waiting.set(watched.broadcast, resolve);
      child.tell(watched);
      return promise;
    },
  };
}
