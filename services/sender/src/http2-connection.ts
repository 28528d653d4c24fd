import http2 from "node:http2";
import type { Answer } from "@fanfare/shared/domain/answers";
import { type Call, type Ending, errorName } from "./http2-answer.ts";
import type { Http2Settings } from "./http2-options.ts";
import { createPulse } from "./http2-pulse.ts";
import { openSocket } from "./http2-socket.ts";
import { createStreams } from "./http2-stream.ts";

/** How long a connection that is over may take to write that to its peer, in ms. */
const LINGER_MS = 1_000;

/** One HTTP/2 connection. It opens at once, and once retired takes no new calls but finishes those it has. */
export interface Connection {
  /** True from the server's first SETTINGS on: before, nobody knows how many streams it allows. */
  open(): boolean;
  connecting(): boolean;
  /** Calls it can take now; while it connects, those it is expected to take. */
  room(): number;
  /** Puts a call on a stream of its own. Only when open and with room. Its answer comes later, by `onAnswer`. */
  send(call: Call): void;
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
}

export function openConnection(settings: Http2Settings, events: ConnectionEvents): Connection {
  const socket = openSocket(settings.origin, settings.ca);
  const session = http2.connect(settings.origin, {
    createConnection: () => socket,
    settings: { enablePush: false },
  });
  const ending: Ending = { lastStreamId: Number.POSITIVE_INFINITY, goawayCode: 0, cause: undefined };
  const streams = createStreams(session, ending, settings.timeoutMs, {
    onAnswer: settle,
    // A peer that is gone takes neither the cancellation nor another call.
    onTimeout: () => pulse.doubt(),
    onExhausted: () => retire("draining", "out-of-streams"),
  });
  const pulse = createPulse(session, {
    everyMs: settings.keepAliveMs,
    patienceMs: settings.pingTimeoutMs,
    onAnswered: events.onRoom,
    onDead: () => cut("ping-timeout"),
  });
  const opening = setTimeout(() => cut("connect-timeout"), settings.timeoutMs).unref();
  const gone = Promise.withResolvers<void>();
  let phase: "connecting" | "open" | "retired" = "connecting";
  let limit = settings.streamsPerConnection;
  let answered = false;

  session.on("remoteSettings", ({ maxConcurrentStreams = Number.POSITIVE_INFINITY }) => {
    limit = Math.min(settings.streamsPerConnection, maxConcurrentStreams);
    if (phase === "connecting") markOpen();
    events.onRoom();
  });
  session.on("goaway", (code, last) => {
    // Google's servers send two: the first with the highest id there is, the second with the true one.
    ending.lastStreamId = Math.min(ending.lastStreamId, last);
    ending.goawayCode = code;
    const cause = `goaway:${errorName(code)}`;
    if (code !== 0) ending.cause ??= cause;
    retire(code === 0 ? "draining" : "lost", cause);
  });
  session.on("error", (error: NodeJS.ErrnoException) => {
    ending.cause ??= error.code ?? error.name;
  });
  session.on("close", () => {
    retire(phase === "connecting" ? "never-opened" : "lost", ending.cause ?? "closed");
    socket.destroy();
  });
  socket.on("close", () => {
    gone.resolve();
    events.onGone();
  });

  function markOpen(): void {
    phase = "open";
    clearTimeout(opening);
    pulse.start();
    // What is under way keeps the process alive (see createDeadlines); an idle connection does not.
    socket.unref();
    settings.onEvent({ kind: "connected" });
  }

  function leavePhase(): void {
    phase = "retired";
    clearTimeout(opening);
    pulse.stop();
  }

  function retire(kind: Retirement["kind"], why: string): void {
    if (phase === "retired") return;
    leavePhase();
    events.onRetired({ kind, cause: why, answered });
    endIfDrained();
  }

  /** Node ends a drained session by itself too, but then waits for a peer that may be slow to hang up. */
  function endIfDrained(): void {
    if (phase !== "retired" || streams.size() > 0) return;
    session.destroy();
    socket.once("finish", hangUp);
    setTimeout(hangUp, LINGER_MS).unref();
  }

  function hangUp(): void {
    socket.destroy();
  }

  function cut(why: string): void {
    ending.cause ??= why;
    session.destroy();
    socket.destroy();
  }

  function settle(call: Call, answer: Answer): void {
    if (call.status !== undefined) pulse.heard();
    if (answer.kind === "response") answered = true;
    events.onAnswer(call, answer);
    endIfDrained();
  }

  function usable(): boolean {
    if (phase === "connecting") return !session.destroyed;
    return phase === "open" && !session.closed && !session.destroyed && pulse.trusted();
  }

  return {
    open: () => phase === "open" && usable(),
    connecting: () => phase === "connecting",
    room: () => (usable() ? Math.max(0, limit - streams.size()) : 0),
    send: streams.send,
    close() {
      const connecting = phase === "connecting";
      leavePhase();
      if (connecting || streams.size() > 0) cut("closed");
      else endIfDrained();
      return gone.promise;
    },
  };
}
