import type { Progress } from "./chunk.ts";
import { outcomeText, readOutcome } from "./outcome.ts";

/** A chunk's progress as its record has it, since version 0.1.0: each outcome is a text. */
type Stored = Omit<Progress, "outcomes"> & { outcomes: Record<string, string> };

export function writeProgress(progress: Progress): string {
  const outcomes: Stored["outcomes"] = {};
  for (const [index, outcome] of Object.entries(progress.outcomes)) outcomes[index] = outcomeText(outcome);
  const stored: Stored = { ...progress, outcomes };
  return JSON.stringify(stored);
}

export function readProgress(text: string): Progress {
  const stored: Stored = JSON.parse(text);
  const outcomes: Progress["outcomes"] = {};
  for (const [index, said] of Object.entries(stored.outcomes)) {
    const outcome = readOutcome(said);
    // A member without an outcome was accepted.
    if (outcome !== "accepted") outcomes[Number(index)] = outcome;
  }
  return { ...stored, outcomes };
}
