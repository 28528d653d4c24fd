import type { Platform } from "@fanfare/shared/domain/registration";
import { InvalidInput } from "@fanfare/shared/errors";

export const FAULT_LEVELS = ["none", "some", "all"] as const;
export type FaultLevel = (typeof FAULT_LEVELS)[number];

/** More than any machine that runs emulators has room for. */
const MAX_SENDERS = 32;

const AUDIENCES = ["all", "android", "ios"] as const;

export interface DemoOptions {
  registrations: number;
  seed: string;
  platform: Platform | undefined;
  chaos: boolean;
  faults: FaultLevel;
  /** Messages a minute; null for no limit. */
  quota: number | null;
  json: boolean;
  /** On Google's emulators instead of a data file. */
  emulators: boolean;
  /** How many processes send, and whether they pull instead of being pushed to. On the emulators only. */
  senders: number;
  pull: boolean;
  /** Where the data file stays; a temporary folder where it is to go. */
  data?: string | undefined;
}

/** What the command line gives: text. */
export interface DemoFlags {
  registrations: string;
  seed: string;
  audience: string;
  chaos?: boolean;
  faults: string;
  quota?: string;
  data?: string;
  json?: boolean;
  emulators?: boolean;
  senders?: string;
  pull?: boolean;
}

/** @throws InvalidInput that names the flag at fault. */
export function readOptions(flags: DemoFlags): DemoOptions {
  const { seed, quota, chaos = false, json = false, data, emulators = false, senders, pull = false } = flags;
  refuseWithout("--senders", senders !== undefined && !emulators);
  refuseWithout("--pull", pull && !emulators);
  if (data !== undefined && emulators)
    throw new InvalidInput([{ field: "--data", message: "is for a data file, which --emulators has not" }]);
  const audience = oneOf("--audience", flags.audience, AUDIENCES);
  return {
    registrations: count("--registrations", flags.registrations),
    seed,
    platform: audience === "all" ? undefined : audience,
    chaos,
    faults: oneOf("--faults", flags.faults, FAULT_LEVELS),
    quota: quota === undefined ? null : count("--quota", quota),
    json,
    emulators,
    senders: count("--senders", senders ?? "1", MAX_SENDERS),
    pull,
    data,
  };
}

function refuseWithout(flag: string, isSet: boolean): void {
  if (isSet) throw new InvalidInput([{ field: flag, message: "is only for --emulators" }]);
}

function count(flag: string, text: string, most = 999_999_999): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new InvalidInput([{ field: flag, message: `must be a whole number from 1 to ${most}` }]);
}

function oneOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new InvalidInput([{ field: flag, message: `must be one of ${choices.join(", ")}` }]);
}
