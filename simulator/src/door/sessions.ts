import type { ServerHttp2Session } from "node:http2";

/** The HTTP/2 connections that are open, for whoever counts them or sends them away. */
export function createSessions() {
  const open = new Set<ServerHttp2Session>();
  let mostStreams = 0;

  return {
    add(session: ServerHttp2Session): void {
      open.add(session);
      session.on("close", () => open.delete(session));
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
      for (const session of told) session.close();
      return told.length;
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;
