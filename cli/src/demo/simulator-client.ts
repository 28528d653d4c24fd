import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { FaultsPatch, LogLine, Stats } from "@fanfare/simulator";

/** The simulator's control API, as seen from another process. */
export function connectSimulator(url: string) {
  async function call(path: string, init?: RequestInit): Promise<Response> {
    const response = await fetch(`${url}/control/${path}`, init);
    if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${await response.text()}`);
    return response;
  }
  return {
    stats: async () => (await (await call("stats")).json()) as Stats,
    async setFaults(faults: FaultsPatch): Promise<void> {
      await call("faults", {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(faults),
      });
    },
    async *log(): AsyncGenerator<LogLine> {
      const { body } = await call("log");
      if (!body) return;
      for await (const line of createInterface({ input: Readable.fromWeb(body as never) }))
        yield JSON.parse(line) as LogLine;
    },
  };
}

export type SimulatorClient = ReturnType<typeof connectSimulator>;
