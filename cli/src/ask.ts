import { once } from "node:events";
import { createInterface } from "node:readline/promises";

/** The answer of the person at the terminal; empty where they would rather end it (Ctrl-C, Ctrl-D). */
export async function ask(question: string): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  asking.once("SIGINT", () => asking.close());
  const closed = once(asking, "close").then(() => "");
  const answer = await Promise.race([asking.question(question).catch(() => ""), closed]);
  asking.close();
  return answer.trim();
}
