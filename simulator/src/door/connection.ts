import type { ServerHttp2Session } from "node:http2";
import type { Exchange } from "../exchange.ts";
import type { Sockets } from "./sockets.ts";

const NO_ERROR = 0;

/**
 * One HTTP/2 connection: which of its requests are under way, and how far it has got. A GOAWAY in mid-flight may
 * only leave out what nobody has processed, or the client would send again what is on a phone already.
 */
export function createConnection(session: ServerHttp2Session, sockets: Sockets) {
  const underWay = new Map<number, Exchange>();
  let highestProcessed = 0;
  let last = Number.POSITIVE_INFINITY;
  let broken = false;

  return {
    session,
    /** Whether the simulator itself broke it. */
    isBroken: () => broken,
    /** Ends it at once, whatever is under way; `byReset`: by a TCP RST. */
    breakOff(byReset: boolean): void {
      // Gone already, with its socket, though its "close" is still to come.
      if (session.destroyed) return;
      broken = true;
      if (byReset) sockets.reset(session.socket);
      else session.destroy();
    },
    /** False above the last stream that a GOAWAY named: Node goes on with what it had read by then. */
    takes: (streamId: number) => streamId <= last,
    add(streamId: number, exchange: Exchange): void {
      underWay.set(streamId, exchange);
    },
    /** The stream's message has been taken or refused for good. */
    processed(streamId: number): void {
      underWay.delete(streamId);
      if (streamId > highestProcessed) highestProcessed = streamId;
    },
    ended: (streamId: number) => underWay.delete(streamId),
    /** The stream in the middle of those under way, 0 if there are none. */
    middle(): number {
      const ids = [...underWay.keys()];
      return ids[(ids.length - 1) >> 1] ?? 0;
    },
    /**
     * GOAWAY, code 0, after which what lies above `upTo` and was not processed never is. The rest is answered,
     * then the connection closes.
     */
    sendAwayAfter(upTo: number): void {
      if (last !== Number.POSITIVE_INFINITY || session.closed || session.destroyed) return;
      // Node takes 0 for "all that came so far".
      last = Math.max(upTo, highestProcessed, 1);
      for (const [id, exchange] of underWay) {
        if (id <= last) continue;
        underWay.delete(id);
        exchange.giveUp();
      }
      session.goaway(NO_ERROR, last);
      // Closing sends another GOAWAY. Node keeps its last id from rising only once this one has been written.
      setImmediate(() => session.close());
    },
  };
}

export type Connection = ReturnType<typeof createConnection>;
