import { once } from "node:events";
import { createServer } from "node:http";
import { ConfigError } from "../errors.ts";
import type { Service } from "./service.ts";

/** Tells over HTTP how a process without other HTTP is, on every path. Closing it ends that. */
export interface Health extends Service {
  /** Closed first when the process ends: from then on the answer is 503. */
  draining: Service;
}

/**
 * Listens on a port: 200 `{"status":"serving"}` while the process takes work, 503 `{"status":"draining"}` once it was
 * asked to end. @throws ConfigError where the port cannot be listened on
 */
export async function createHealth(port: number): Promise<Health> {
  let status: "serving" | "draining" = "serving";
  const server = createServer((_, response) => {
    response.writeHead(status === "serving" ? 200 : 503, { "content-type": "application/json" });
    response.end(JSON.stringify({ status }));
  });
  server.listen(port);
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
