import { onTestFinished } from "vitest";
import { createSimulator, type Simulator, type SimulatorOptions } from "../simulator.ts";
import { type Client, connectClient } from "./client.ts";

/** A simulator and a client of it, until the test has ended. */
export async function start(
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; client: Client }> {
  const simulator = await createSimulator(options);
  onTestFinished(simulator.close);
  return { simulator, client: await connectClient(simulator.url) };
}
