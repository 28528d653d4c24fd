import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Service } from "@fanfare/shared/hosting/service";

/**
 * Spreads connections over ports of this machine, one after another, as Cloud Run spreads requests over instances.
 * A connection to a port where nobody listens is closed: whoever made it tries again.
 */
export async function spreadConnections(ports: readonly number[]): Promise<Service & { port: number }> {
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer((from) => {
    const to = connect(ports[next++ % ports.length] ?? 0, "127.0.0.1");
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
