import type { Listening } from "@fanfare/local/child";
import { runService } from "@fanfare/shared/hosting/process";
import { createSimulator } from "@fanfare/simulator";

const [, , seed = "1", quotaWindowMs = "60000"] = process.argv;
const simulator = await createSimulator({ seed, quotaWindowMs: Number(quotaWindowMs) });
process.send?.({ type: "listening", url: simulator.url } satisfies Listening, () => undefined);
runService([simulator]);
