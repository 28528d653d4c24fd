import type { ServerHttp2Session, Settings } from "node:http2";
import type { Faults } from "../behaviour/faults.ts";
import { type Connection, createConnection } from "./connection.ts";
import type { Sockets } from "./sockets.ts";

/** The HTTP/2 connections that are open, for whoever counts them or sends them away. */
export function createSessions(sockets: Sockets) {
  const open = new Set<Connection>();
  let mostStreams = 0;

  return {
    add(session: ServerHttp2Session): Connection {
      const connection = createConnection(session, sockets);
      open.add(connection);
      session.on("close", () => open.delete(connection));
      return connection;
    },
    count: () => open.size,
    /** A connection has this many streams open now. */
    noteStreams(count: number): void {
      if (count > mostStreams) mostStreams = count;
    },
    /** The most streams open at once on one connection since `forget`. */
    mostStreams: () => mostStreams,
    forget(): void {
      mostStreams = 0;
    },
    /** Tells every client to go on elsewhere (GOAWAY, code 0); what is under way is still answered. */
    sendAway(): number {
      const told = [...open];
      for (const { session } of told) session.close();
      return told.length;
    },
    /** As `sendAway`, but of what is under way the later half is not processed, and the clients are told so. */
    sendAwayMidFlight(): number {
      const told = [...open];
      for (const connection of told) connection.sendAwayAfter(connection.middle());
      return told.length;
    },
    /** Tells every client what holds from now on. */
    tell(settings: Settings): void {
      for (const { session } of open) {
        if (!session.closed && !session.destroyed) session.settings(settings);
      }
    },
    /** Resets every connection (TCP RST). */
    reset(): number {
      const told = [...open];
      for (const connection of told) connection.breakOff(true);
      return told.length;
    },
  };
}

/** What clients are told of how much they may send. */
export function settingsOf({ maxConcurrentStreams, initialWindowBytes }: Faults): Settings {
  return { maxConcurrentStreams, initialWindowSize: initialWindowBytes };
}

export type Sessions = ReturnType<typeof createSessions>;
