import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { MARKS } from "@fanfare/simulator";
import type { Send } from "./client.ts";
import { MESSAGE, PROJECT } from "./contender.ts";
import { readToken } from "./token.ts";

const run = promisify(execFile);

/** nghttp2's load generator, written in C: what HTTP/2 itself costs. It knows one body, so that none is dead. */
export async function open(origin: string, folder: string): Promise<Send> {
  const body = join(folder, "h2load.json");
  const token = await readToken();
  return async (addresses, calls) => {
    const address = addresses.find((one) => !one.includes(MARKS.dead));
    writeFileSync(body, JSON.stringify({ message: { token: address, ...MESSAGE } }));
    const { stdout } = await run("h2load", [
      ...["-n", String(addresses.length), "-c", String(calls), "-m", "100", "-t", "1", "-d", body],
      ...["-H", `authorization: Bearer ${token}`, "-H", "content-type: application/json"],
      `${origin}/v1/projects/${PROJECT}/messages:send`,
    ]);
    const accepted = Number(/(\d+) 2xx/.exec(stdout)?.[1]);
    return { accepted, dead: 0 };
  };
}
