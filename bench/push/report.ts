import { median } from "../send/report.ts";

/** What hosts the sender: Fanfare's own HTTP service, or Google's functions framework. */
export const HOSTS = ["own", "framework"] as const;
export type Host = (typeof HOSTS)[number];

/** CPU seconds of the sender for one broadcast, by host, a figure a round. */
export type Rounds = Record<Host, number[]>;

export interface PushReport {
  devices: number;
  rounds: Rounds;
  /** Each host's median. */
  cpuSeconds: Record<Host, number>;
  /** What our own host takes, for each CPU second that the framework takes. */
  ratio: number;
}

export function reportOf(devices: number, rounds: Rounds): PushReport {
  const cpuSeconds = { own: median(rounds.own), framework: median(rounds.framework) };
  const ratio = Number((cpuSeconds.own / cpuSeconds.framework).toFixed(2));
  return { devices, rounds, cpuSeconds, ratio };
}

const NAMES: Record<Host, string> = { own: "Fanfare's own service", framework: "the functions framework" };

/** The report for a person. */
export function printReport({ devices, rounds, cpuSeconds, ratio }: PushReport): void {
  console.log(`CPU seconds of the sender for a broadcast to ${devices} devices, once it is warm:`);
  const rowOf = (host: Host) => ({ "hosted by": NAMES[host], median: cpuSeconds[host], ...rounds[host] });
  console.table(HOSTS.map(rowOf));
  console.log(`Fanfare's own service takes ${ratio} of what the framework takes.`);
}
