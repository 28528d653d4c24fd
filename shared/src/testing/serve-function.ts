import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { createGuard } from "../hosting/guard.ts";
import { standBefore } from "../hosting/guard-server.ts";
import type { GuardedFunction } from "../hosting/http-functions.ts";
import { createLog, type Log } from "../hosting/log.ts";
import { seldomOf } from "../hosting/seldom.ts";

/** A function under the framework's own server, behind its guard as when it is deployed, at a port of this machine. */
export interface ServedFunction {
  url: string;
  close(): void;
}

export async function serveFunction(
  name: string,
  { door, handler }: GuardedFunction,
  log: Log = createLog("test", "silent"),
): Promise<ServedFunction> {
  http(name, handler);
  const server = getTestServer(name);
  standBefore(server, createGuard(door, seldomOf(log)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
