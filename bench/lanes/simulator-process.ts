import { runService } from "@fanfare/shared/hosting/process";
import { createSimulator } from "@fanfare/simulator";
import type { Told, Watched } from "./simulator.ts";

/** About as long as FCM takes to answer. */
const LATENCY = { meanMs: 40, jitterMs: 20 };
/** Between two looks at what is watched. By so much may a time be too late. */
const LOOK_EVERY_MS = 2;

const simulator = await createSimulator({ seed: "lanes", latency: LATENCY });
const watched = new Map<string, number>();
const tell = (told: Told) => process.send?.(told, () => undefined);

process.on("message", ({ broadcast, devices }: Watched) => void watched.set(broadcast, devices));
setInterval(() => {
  for (const [broadcast, devices] of watched) {
    if (simulator.control.stats(broadcast).addresses < devices) continue;
    watched.delete(broadcast);
    tell({ type: "accepted", broadcast, at: Date.now() });
  }
}, LOOK_EVERY_MS).unref();
tell({ type: "listening", url: simulator.url });
runService([simulator]);
