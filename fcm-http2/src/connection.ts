import type { Answer } from "@fanfare/shared/domain/answers";
import { answerOf, answerOnEnd, answerOnReset, NOT_PROCESSED } from "./answer.ts";
import type { Call } from "./call.ts";
import { createDeadlines } from "./deadlines.ts";
import { ERROR, errorName, ProtocolError } from "./error-codes.ts";
import type { Http2Settings } from "./options.ts";
import { createPulse } from "./pulse.ts";
import type { OpenSession } from "./session.ts";
import { openSocket } from "./socket.ts";

/** How long a connection that is over may take to write that to its peer, in ms. */
const LINGER_MS = 1_000;

/** One HTTP/2 connection. It opens at once, and once retired takes no new calls but finishes those it has. */
export interface Connection {
  /** True from the server's first SETTINGS on: before, nobody knows how many streams it allows. */
  open(): boolean;
  connecting(): boolean;
  /**
   * Calls it can take now; while it connects, those it is expected to take.
   * @param now the time, by `elapsed()`
   */
  room(now: number): number;
  /** Puts a call on a stream of its own. Only when open and with room. Its answer comes later, by `onAnswer`. */
  send(call: Call): void;
  /** It is to take no more calls. */
  retire(cause: string): void;
  /** Cuts short what is under way, which is then answered, and resolves when the socket is closed. */
  close(): Promise<void>;
}

export interface ConnectionEvents {
  onAnswer: (call: Call, answer: Answer) => void;
  /** There may be more room. */
  onRoom: () => void;
  /** It takes no new calls from now on. Called once, but not for `close()`. */
  onRetired: (how: Retirement) => void;
  onGone: () => void;
}

export interface Retirement {
  kind: "never-opened" | "draining" | "lost";
  cause: string;
  /** It answered at least one call. One that did not is a failure, however politely it ended. */
  answered: boolean;
  /** One side broke the protocol, as the other sees it. */
  fault: boolean;
}

export function openConnection(
  settings: Http2Settings,
  openSession: OpenSession,
  events: ConnectionEvents,
): Connection {
  const socket = openSocket(settings.origin, settings.ca);
  const calls = createDeadlines<Call>(settings.timeoutMs, expire);
  const gone = Promise.withResolvers<void>();
  const opening = setTimeout(() => cut("connect-timeout"), settings.timeoutMs).unref();
  let phase: "connecting" | "open" | "retired" = "connecting";
  let limit = settings.streamsPerConnection;
  let answered = false;
  let cause: string | undefined;

  const session = openSession({
    write(bytes) {
      if (socket.writable) socket.write(bytes, onWritten);
    },
    isFull: () => socket.writableLength > 0,
    onLimit(streams) {
      limit = Math.min(settings.streamsPerConnection, streams);
      if (phase === "connecting") markOpen();
      events.onRoom();
    },
    onResponse: (call) => settle(call, answerOf(call)),
    onReset,
    onUnsent: (call) => settle(call, NOT_PROCESSED),
    onPong: () => pulse.pong(),
    onGoaway,
    onExhausted: () => retire("out-of-streams"),
    onBroken: cut,
  });
  const pulse = createPulse({
    everyMs: settings.keepAliveMs,
    patienceMs: settings.pingTimeoutMs,
    ping: session.ping,
    onAnswered: events.onRoom,
    onDead: () => cut("ping-timeout"),
  });

  socket.on("data", receive);
  socket.on("secureConnect", () => {
    if ("alpnProtocol" in socket && socket.alpnProtocol !== "h2") cut("no-http2");
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    cause ??= error.code ?? error.name;
  });
  socket.on("end", () => cut("closed"));
  socket.on("close", () => {
    cut("closed");
    gone.resolve();
    events.onGone();
  });

  /** What a socket cannot take at once it keeps, and sends on later without asking: so it is given no more until then. */
  function onWritten(error?: Error | null): void {
    if (!error && socket.writableLength === 0) session.resume();
  }

  function receive(bytes: Buffer): void {
    try {
      session.receive(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      session.goaway(error.code);
      cut(`protocol:${errorName(error.code)}`, true);
    }
  }

  function markOpen(): void {
    phase = "open";
    clearTimeout(opening);
    pulse.start();
    // What is under way keeps the process alive (see createDeadlines); an idle connection does not.
    socket.unref();
    settings.onEvent({ kind: "connected" });
  }

  /** Google's servers send two: the first with the highest id there is, the second with the true one. */
  function onGoaway(code: number, above: Call[]): void {
    const why = `goaway:${errorName(code)}`;
    // First of all: whoever gets an answer may ask for a place at once, and finds none here any more.
    if (code === ERROR.none) retire(why);
    else cut(why, isBlame(code));
    for (const call of above) settle(call, NOT_PROCESSED);
  }

  /** One odd message may get such a reset as well, but hardly before every other one was answered. */
  function onReset(call: Call, code: number): void {
    if (isBlame(code) && !answered) retire(`rst:${errorName(code)}`, true);
    settle(call, answerOnReset(call, code));
  }

  function retire(why: string, fault = false): void {
    if (phase === "retired") return;
    leavePhase();
    session.goaway(ERROR.none);
    events.onRetired({ kind: "draining", cause: why, answered, fault });
    endIfDrained();
  }

  function leavePhase(): void {
    phase = "retired";
    clearTimeout(opening);
    pulse.stop();
  }

  function endIfDrained(): void {
    if (phase !== "retired" || calls.size() > 0) return;
    // A turn later: Node's driver writes what it has to say at the end of this one.
    setImmediate(() => socket.end(hangUp));
    setTimeout(hangUp, LINGER_MS).unref();
  }

  function hangUp(): void {
    socket.destroy();
  }

  /** The connection is over: whatever was on it is answered now. */
  function cut(why: string, fault = false): void {
    cause ??= why;
    const wasConnecting = phase === "connecting";
    if (phase !== "retired") {
      leavePhase();
      events.onRetired({ kind: wasConnecting ? "never-opened" : "lost", cause, answered, fault });
    }
    socket.destroy();
    for (const call of session.takeAll()) settle(call, answerOnEnd(call, cause));
  }

  /** A peer that is gone takes neither the cancellation nor another call. */
  function expire(call: Call): void {
    session.cancel(call);
    pulse.doubt();
    answer(call, answerOnEnd(call, "timeout"));
  }

  function settle(call: Call, what: Answer): void {
    if (calls.remove(call)) answer(call, what);
  }

  function answer(call: Call, what: Answer): void {
    if (call.status !== 0) pulse.heard();
    if (what.kind === "response") answered = true;
    events.onAnswer(call, what);
    endIfDrained();
  }

  function usable(now: number): boolean {
    if (phase === "connecting") return !socket.destroyed;
    return phase === "open" && pulse.trusted(now);
  }

  return {
    open: () => phase === "open",
    connecting: () => phase === "connecting",
    room: (now) => (usable(now) ? Math.max(0, limit - calls.size()) : 0),
    send(call) {
      calls.add(call);
      session.request(call);
    },
    retire,
    close() {
      const connecting = phase === "connecting";
      leavePhase();
      if (connecting || calls.size() > 0) {
        cut("closed");
      } else {
        session.goaway(ERROR.none);
        endIfDrained();
      }
      return gone.promise;
    },
  };
}

/** Codes by which the server says that we broke the protocol. The others speak of its own troubles, or of too much. */
const BLAMES: readonly number[] = [
  ERROR.protocol,
  ERROR.flowControl,
  ERROR.streamClosed,
  ERROR.frameSize,
  ERROR.compression,
];

function isBlame(code: number): boolean {
  return BLAMES.includes(code);
}
