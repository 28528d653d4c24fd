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
  async function tell(method: string, path: string, body: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    await call(path, { method, headers, body: JSON.stringify(body) });
  }
  return {
    /** Of one broadcast, by the key that its messages replace each other by, or of all. */
    async stats(broadcast?: string): Promise<Stats> {
      const of = broadcast === undefined ? "" : `?broadcast=${encodeURIComponent(broadcast)}`;
      return (await (await call(`stats${of}`)).json()) as Stats;
    },
    /** Tells every connection to go away; in mid-flight, with the later half of what is under way not processed. */
    goAway: (options: { midFlight?: boolean } = {}) => tell("POST", "goaway", options),
    /** Resets every connection. */
    abort: () => tell("POST", "abort", {}),
    setFaults: (faults: FaultsPatch) => tell("PUT", "faults", faults),
    async *log(): AsyncGenerator<LogLine> {
      const { body } = await call("log");
      if (!body) return;
      for await (const line of createInterface({ input: Readable.fromWeb(body as never) }))
        yield JSON.parse(line) as LogLine;
    },
  };
}

export type SimulatorClient = ReturnType<typeof connectSimulator>;
