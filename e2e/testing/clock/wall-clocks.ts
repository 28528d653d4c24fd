import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { shiftDate } from "@fanfare/shared/testing/shift-date";
import { openOffsetFile } from "./offset-file.ts";

/** The process that draws all this up, as it is called among the others: a person's at a terminal. */
export const OPERATOR = "operator";

/** Wall clocks of processes that can be stepped, this one's among them. */
export interface WallClocks {
  /** Options of Node's with which a process of this name gets its clock. */
  nodeOptions(name: string): string[];
  /**
   * Steps the clocks of those machines; a step of the only machine there is steps all. Where each process has a clock of
   * its own, the operator's does not step: in its process run the stand-ins for Pub/Sub's delivery and Cloud Scheduler,
   * which no machine's clock moves on Google.
   */
  step(machines: readonly string[], byMs: number): void;
  /** Sets every clock right. */
  correct(): void;
}

/**
 * @param folder holds the clocks' files
 * @param isOneMachine whether all processes are on one machine and share its clock, or each has one of its own
 */
export function createWallClocks(folder: string, isOneMachine: boolean): WallClocks {
  const clocks = new Map<string, ReturnType<typeof openClock>>();
  const machineOf = (name: string) => (isOneMachine ? "machine" : name);

  function clockOf(name: string) {
    const machine = machineOf(name);
    const clock = clocks.get(machine) ?? openClock(folder, `clock-${clocks.size + 1}`);
    clocks.set(machine, clock);
    return clock;
  }

  const own = clockOf(OPERATOR);
  shiftDate(own.offset);
  return {
    nodeOptions: (name) => ["--import", clockOf(name).preload],
    step(names, byMs) {
      const stepping = names.filter((name) => isOneMachine || name !== OPERATOR);
      for (const machine of new Set(stepping.map(machineOf))) clockOf(machine).step(byMs);
    },
    correct() {
      for (const clock of clocks.values()) clock.step(-clock.offset());
    },
  };
}

function openClock(folder: string, name: string) {
  const path = join(folder, name);
  const file = openOffsetFile(path, "w+");
  const preload = new URL("./preload.ts", import.meta.url);
  preload.searchParams.set("file", pathToFileURL(path).href);
  let offsetMs = 0;
  return {
    preload: preload.href,
    offset: () => offsetMs,
    step(byMs: number): void {
      offsetMs += byMs;
      file.write(offsetMs);
    },
  };
}
