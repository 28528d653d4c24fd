import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { LOOPBACK } from "@fanfare/shared/hosting/loopback";

/**
 * Where systems take no port for outgoing connections (Linux begins at 32768, others at 49152), nor for a listener that
 * asks for any: what is found free there is still free when the process that is to listen has started.
 */
const [FROM, TO] = [10_000, 32_768];
const TRIES = 100;

/** A port of this machine on which nothing listens at the moment. */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(FROM, TO);
    const server = createServer().listen(port, LOOPBACK);
    try {
      await once(server, "listening");
    } catch (error) {
      if (tries === TRIES) throw error;
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
