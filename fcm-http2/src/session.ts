import type { Call } from "./call.ts";

/** Opens the client's side of HTTP/2 on a connection: what a driver is. */
export type OpenSession = (events: SessionEvents) => Session;

/** The client's side of HTTP/2 on one connection. The socket under it belongs to the connection. */
export interface Session {
  /** Puts a request on a stream of its own, at the end of this turn. */
  request(call: Call): void;
  /** Gives a request up: the server is told to stop working on it. What still comes for it is dropped. */
  cancel(call: Call): void;
  /** The connection takes more again. */
  resume(): void;
  ping(): void;
  /** Takes what came over the connection. @throws ProtocolError after which the session is over */
  receive(bytes: Buffer): void;
  /** Tells the server why no more is to come. */
  goaway(code: number): void;
  /** Requests that are on a stream or wait for one: they are the caller's again, and the session has none. */
  takeAll(): Call[];
}

export interface SessionEvents {
  write: (bytes: Buffer) => void;
  /** Whether the connection still holds what was written before. */
  isFull: () => boolean;
  /** The server's settings, at first and whenever they change: how many streams it allows. */
  onLimit: (streams: number) => void;
  /** The whole response has come. */
  onResponse: (call: Call) => void;
  onReset: (call: Call, code: number) => void;
  /** It could not be written whole in its time, or not under the server's settings; none of it follows. */
  onUnsent: (call: Call) => void;
  onPong: () => void;
  /** `above`: the requests that the server has surely not looked at, and never will. */
  onGoaway: (code: number, above: Call[]) => void;
  /** There are no numbers left for streams. */
  onExhausted: () => void;
  /** The session cannot go on, for a reason that `receive` did not throw. */
  onBroken: (cause: string) => void;
}
