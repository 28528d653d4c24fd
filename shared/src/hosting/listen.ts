import { once } from "node:events";
import type { Server } from "node:http";
import { ConfigError } from "../errors.ts";
import { LOOPBACK } from "./loopback.ts";

/**
 * Has a server listen on a port.
 * @param host the interface; undefined for all of them
 * @throws ConfigError if the port cannot be listened on
 */
export async function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new ConfigError(`PORT: ${port} cannot be listened on`, { cause });
  }
}

/**
 * Where to listen: on every interface, as Cloud Run wants it, unless Pub/Sub is emulated. Then all of it runs on one
 * machine, whose network has no business there.
 */
export function hostOf(settings: { PUBSUB_EMULATOR_HOST?: string | undefined }): string | undefined {
  return settings.PUBSUB_EMULATOR_HOST ? LOOPBACK : undefined;
}

/** Takes no connection any more, and cuts those that are left. */
export function closeServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}
