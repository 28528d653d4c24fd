import { runService } from "@fanfare/shared/runtime/process";
import { createSimulator } from "@fanfare/simulator";

/** What it tells its parent once it listens. */
export interface Listening {
  type: "listening";
  url: string;
}

const [, , seed = "1"] = process.argv;
const simulator = await createSimulator({ seed });
process.send?.({ type: "listening", url: simulator.url } satisfies Listening, () => undefined);
runService([simulator]);
