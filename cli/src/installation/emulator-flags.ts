import { InvalidInput } from "@fanfare/shared/errors";

/** More than any machine that runs emulators has room for. */
const MAX_SENDERS = 32;

/** What the command line gives: text. */
export interface EmulatorFlags {
  emulators?: boolean;
  senders?: string;
  pull?: boolean;
  data?: string;
}

/** @throws InvalidInput that names a flag which does not go with the others */
export function readEmulatorFlags({ emulators = false, senders, pull = false, data }: EmulatorFlags) {
  refuseWithout("--senders", senders !== undefined && !emulators);
  refuseWithout("--pull", pull && !emulators);
  if (data !== undefined && emulators)
    throw new InvalidInput([{ field: "--data", message: "is for a data file, which --emulators has not" }]);
  return { emulators, senders: readCount("--senders", senders ?? "1", MAX_SENDERS), pull };
}

function refuseWithout(flag: string, isSet: boolean): void {
  if (isSet) throw new InvalidInput([{ field: flag, message: "is only for --emulators" }]);
}

/** A whole number from 1 on. @throws InvalidInput that names the flag */
export function readCount(flag: string, text: string, most = 999_999_999): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new InvalidInput([{ field: flag, message: `must be a whole number from 1 to ${most}` }]);
}
