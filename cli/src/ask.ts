import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { unshielded } from "@fanfare/terminal/terminal";

/** The answer of the person at the terminal; empty where they would rather end it (Ctrl-C, Ctrl-D). */
export async function ask(question: string): Promise<string> {
  const terminal = process.stderr.isTTY === true;
  const asking = createInterface({ input: process.stdin, output: unshielded(process.stderr), terminal });
  asking.once("SIGINT", () => asking.close());
  const closed = once(asking, "close").then(() => "");
  const answer = await Promise.race([asking.question(question).catch(() => ""), closed]);
  asking.close();
  return answer.trim();
}
