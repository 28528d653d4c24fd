import { InvalidInput } from "@fanfare/shared/errors";
import { readCount } from "@fanfare/terminal/read-count";
import type { Kind } from "./round.ts";
import { LEASES } from "./stall-plan.ts";

/** As the command line has them. */
export interface Flags {
  seeds?: string;
  seed?: string;
  registrations?: string;
  kind?: Kind;
  stall?: boolean;
  trials?: string;
  lease?: string;
  json?: boolean;
}

/** One round to play, or one trial. */
export type Play = { seed: string; registrations: number } & (
  | { kind: Kind }
  | { kind: "stall"; leaseSeconds: number }
);

export const KINDS: Kind[] = ["cancel", "pause"];
const MOST_SEEDS = 10_000;
const MOST_REGISTRATIONS = 10_000_000;
const MOST_LEASE_SECONDS = 300;

/** @throws InvalidInput that names the flag at fault */
export function readPlays(flags: Flags): Play[] {
  const size = flags.registrations ?? (flags.stall ? "8000" : "200000");
  const registrations = readCount("--registrations", size, MOST_REGISTRATIONS);
  if (flags.stall) return readTrials(flags).map((trial) => ({ kind: "stall", registrations, ...trial }));
  refuse("--trials", flags.trials, "is only for --stall");
  refuse("--lease", flags.lease, "is only for --stall");
  const count = readCount("--seeds", flags.seeds ?? "10", MOST_SEEDS);
  const seeds = flags.seed === undefined ? numbers(count).map(String) : [flags.seed];
  const kinds = flags.kind ? [flags.kind] : KINDS;
  return seeds.flatMap((seed) => kinds.map((kind) => ({ kind, seed, registrations })));
}

/** Seed after seed at each lease: thirty trials are ten of each. */
function readTrials({ seed, seeds, kind, trials = "30", lease }: Flags) {
  refuse("--seeds", seeds, "is not for --stall, which has --trials");
  refuse("--kind", kind, "is not for --stall, where the seed says how it stops");
  const leases = lease === undefined ? [...LEASES] : [readCount("--lease", lease, MOST_LEASE_SECONDS)];
  if (seed !== undefined) return leases.map((leaseSeconds) => ({ seed, leaseSeconds }));
  return numbers(readCount("--trials", trials, MOST_SEEDS)).map((number, index) => ({
    seed: String(Math.ceil(number / leases.length)),
    leaseSeconds: leases[index % leases.length] ?? 0,
  }));
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function refuse(field: string, value: string | undefined, message: string): void {
  if (value !== undefined) throw new InvalidInput([{ field, message }]);
}
