import { InvalidInput } from "@fanfare/shared/errors";
import { readCount } from "@fanfare/terminal/read-count";

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
