import { createServer } from "node:http";
import { closeServer, hostOf, listen } from "./listen.ts";
import type { Service } from "./service.ts";

/** Tells over HTTP how a process without other HTTP is, on every path. Closing it ends that. */
export interface HealthServer extends Service {
  /** Closed first when the process ends: from then on the answer is 503. */
  draining: Service;
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
  await listen(server, port, host);
  return {
    draining: {
      async close() {
        status = "draining";
      },
    },
    close: async () => closeServer(server),
  };
}
