import type { Secrets } from "./secrets.ts";

/**
 * Lines that there is one of for each message: it came through the door, by Google's own token, and what becomes of it
 * is told once. All others are bounded: one a kind and minute.
 */
const OF_A_MESSAGE = new Set([
  "message can never be handled",
  "message failed and will come again",
  "dead letter can never be handled",
  "dead letter could not be published",
  "document could not be taken and will come again",
]);

const AGAIN = /"message":"[^"]*(will come again|could not be published|could not be removed|call failed)/;
const TOLD = 5;

export interface LinesReport {
  lines: number;
  /** How many there were of each kind. */
  kinds: Record<string, number>;
  /** Why something is to come again: the last lines of that kind. */
  again: string[];
  faults: string[];
}

/** Judges what a function has written: no secret, nothing of the framework's, and no flood. */
export function judgeLines(output: string, minutes: number, secrets: Secrets): LinesReport {
  const lines = output.split("\n").filter((line) => line !== "");
  const kinds: Record<string, number> = {};
  const faults: string[] = [];
  const again = lines.filter((line) => AGAIN.test(line)).slice(-TOLD);
  for (const line of lines) {
    const kind = kindOf(line);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (secrets.isIn(line)) faults.push(`a line with a secret: ${line.slice(0, 400)}`);
    else if (/<html|<!doctype|functions-framework/i.test(line))
      faults.push(`a line of the framework's: ${line.slice(0, 400)}`);
    else if (!line.startsWith("{")) faults.push(`a line that is not a log line: ${line.slice(0, 400)}`);
  }
  const most = Math.ceil(minutes) + 1;
  for (const [kind, count] of Object.entries(kinds))
    if (count > most && !OF_A_MESSAGE.has(kind))
      faults.push(`${count} lines in ${minutes.toFixed(1)} minutes: ${kind}`);
  return { lines: lines.length, kinds, again, faults };
}

function kindOf(line: string): string {
  try {
    const { message, reason } = JSON.parse(line) as { message?: unknown; reason?: unknown };
    return reason === undefined ? String(message) : `${message}: ${reason}`;
  } catch {
    return line.slice(0, 60);
  }
}
