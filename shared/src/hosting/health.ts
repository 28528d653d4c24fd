import { once } from "node:events";
import { createServer } from "node:http";
import { ConfigError } from "../errors.ts";
import { LOOPBACK } from "./loopback.ts";
import type { Service } from "./service.ts";

/** Tells over HTTP how a process without other HTTP is, on every path. Closing it ends that. */
export interface HealthServer extends Service {
  /** Closed first when the process ends: from then on the answer is 503. */
  draining: Service;
}

/**
 * Where to listen: on every interface, as Cloud Run wants it, unless Pub/Sub is emulated. Then all of it runs on one
 * machine, whose network has no business there.
 */
export function hostOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.PUBSUB_EMULATOR_HOST ? LOOPBACK : undefined;
}

/**
 * Listens on a port: 200 `{"status":"serving"}` while the process takes work, 503 `{"status":"draining"}` once it was
 * asked to end. @throws ConfigError where the port cannot be listened on
 */
export async function createHealth(port: number, host = hostOf(process.env)): Promise<HealthServer> {
  let status: "serving" | "draining" = "serving";
  const server = createServer((_, response) => {
    response.writeHead(status === "serving" ? 200 : 503, { "content-type": "application/json" });
    response.end(JSON.stringify({ status }));
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new ConfigError(`PORT: ${port} cannot be listened on`, { cause });
  }
  return {
    draining: {
      async close() {
        status = "draining";
      },
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
