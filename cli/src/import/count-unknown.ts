import { platformOf } from "@fanfare/shared/domain/registration";
import { summarizeUnknown, type UnknownTypes } from "@fanfare/shared/domain/unknown-types";

/** Different types that are kept in mind: a file may have a type of its own on every line. */
const MOST = 10_000;

/** Counts the device types, as they come, that count as no platform. */
export function createUnknownCount() {
  const counts = new Map<string, number>();
  let more = 0;
  return {
    add(deviceType: string): void {
      if (platformOf(deviceType) !== undefined) return;
      const count = counts.get(deviceType) ?? 0;
      if (count === 0 && counts.size >= MOST) more += 1;
      else counts.set(deviceType, count + 1);
    },
    summary: (): UnknownTypes => summarizeUnknown(counts, more),
  };
}
