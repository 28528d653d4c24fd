import type { Socket } from "node:net";

/** The two ends by which a connection is known through the layers above its socket. */
type Ends = { remoteAddress?: string | undefined; remotePort?: number | undefined };

/**
 * Every TCP connection. TLS and HTTP/2 take a socket over and offer no way to reset it, so whoever wants that asks
 * here.
 */
export function createSockets() {
  const open = new Map<string, Socket>();
  const nameOf = ({ remoteAddress, remotePort }: Ends) => `${remoteAddress} ${remotePort}`;

  return {
    add(socket: Socket): void {
      const name = nameOf(socket);
      open.set(name, socket);
      socket.on("close", () => open.delete(name));
    },
    /** Ends a connection by a TCP RST: whatever was still to be written is lost. */
    reset(ends: Ends): void {
      open.get(nameOf(ends))?.resetAndDestroy();
    },
    breakAll(): void {
      for (const socket of open.values()) socket.destroy();
    },
  };
}

export type Sockets = ReturnType<typeof createSockets>;
