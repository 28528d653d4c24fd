import { type EmulatorFlags, readEmulatorFlags } from "@fanfare/local/installation/emulator-flags";
import type { Platform } from "@fanfare/shared/domain/registration";
import { InvalidInput } from "@fanfare/shared/errors";
import { readCount } from "@fanfare/terminal/read-count";

export const FAULT_LEVELS = ["none", "some", "all"] as const;
export type FaultLevel = (typeof FAULT_LEVELS)[number];

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
  /** Whether the broadcast is asked for by a document of FlutterFlow's, which gets an answer. */
  flutterflow: boolean;
  /** On Google's emulators instead of a data file. */
  emulators: boolean;
  /** How many processes send, and whether they pull instead of being pushed to. On the emulators only. */
  senders: number;
  pull: boolean;
  /** Where the data file stays; a temporary folder where it is to go. */
  data?: string | undefined;
}

/** What the command line gives: text. */
export interface DemoFlags extends EmulatorFlags {
  registrations: string;
  seed: string;
  audience: string;
  chaos?: boolean;
  faults: string;
  quota?: string;
  json?: boolean;
  flutterflow?: boolean;
}

/** @throws InvalidInput that names the flag at fault. */
export function readOptions(flags: DemoFlags): DemoOptions {
  const { seed, quota, chaos = false, json = false, flutterflow = false, data } = flags;
  const audience = oneOf("--audience", flags.audience, AUDIENCES);
  return {
    registrations: readCount("--registrations", flags.registrations),
    seed,
    platform: audience === "all" ? undefined : audience,
    chaos,
    faults: oneOf("--faults", flags.faults, FAULT_LEVELS),
    quota: quota === undefined ? null : readCount("--quota", quota),
    json,
    flutterflow,
    ...readEmulatorFlags(flags),
    data,
  };
}

function oneOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new InvalidInput([{ field: flag, message: `must be one of ${choices.join(", ")}` }]);
}
