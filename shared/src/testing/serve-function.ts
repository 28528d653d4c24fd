import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import type { FunctionHandler } from "../runtime/http-functions.ts";

/** A function under the framework's own server, as it is deployed, at a port of this machine. */
export interface ServedFunction {
  url: string;
  close(): void;
}

export async function serveFunction(name: string, handler: FunctionHandler): Promise<ServedFunction> {
  http(name, handler);
  const server = getTestServer(name).listen(0, "127.0.0.1");
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
