import { InvalidInput } from "@fanfare/shared/errors";
import { ask } from "./ask.ts";

/** How many devices a program says that it means to reach at most; null where a person is to be asked. */
export function confirmLimit({ confirm }: { confirm?: string }): number | null {
  if (confirm === undefined) return null;
  if (/^\d+$/.test(confirm)) return Number(confirm);
  throw new InvalidInput([{ field: "--confirm", message: "must be a whole number" }]);
}

/** Asks a person; a program must have said beforehand how many it means to reach. Says why where it is not so. */
export async function confirmed(
  count: number,
  limit: number | null,
  unit: "registrations" | "devices",
): Promise<boolean> {
  if (limit !== null) {
    if (count > limit) console.error(`--confirm: ${count} ${unit} would be reached; nothing was sent`);
    return count <= limit;
  }
  if (!process.stdin.isTTY) {
    const message = `is needed where nobody can be asked: ${count} ${unit} would be reached`;
    throw new InvalidInput([{ field: "--confirm", message }]);
  }
  const isSure = (await ask(`This reaches ${count} ${unit}. Type ${count} to send: `)) === String(count);
  if (!isSure) console.error("Nothing was sent.");
  return isSure;
}
