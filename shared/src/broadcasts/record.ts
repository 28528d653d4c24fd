import type { Broadcast } from "../domain/broadcast.ts";

/** A broadcast as its record says it: version 0.1.0 named the standstill `progress`, and still reads records so. */
type Stored = Omit<Broadcast, "standstill"> & { progress?: Broadcast["standstill"] };

export function writeRecord({ standstill, ...others }: Broadcast): string {
  const stored: Stored = { ...others, progress: standstill };
  return JSON.stringify(stored);
}

export function readRecord(text: string): Broadcast {
  const { progress, ...others }: Stored = JSON.parse(text);
  return progress === undefined ? others : { ...others, standstill: progress };
}
