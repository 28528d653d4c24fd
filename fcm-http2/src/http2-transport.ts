import type { Answer } from "@fanfare/shared/domain/answers";
import { ConfigError, TerminalError } from "@fanfare/shared/errors";
import { NOT_PROCESSED } from "./answer.ts";
import { type Call, createCall, type HeaderFields } from "./call.ts";
import { createDeadlines } from "./deadlines.ts";
import { createFields, type Http2Options, readOptions } from "./options.ts";
import { createPool } from "./pool.ts";
import type { Transport } from "./transport.ts";

export type { Http2Options, TransportEvent } from "./options.ts";

/**
 * Sends to FCM's HTTP v1 endpoint over a few long-lived HTTP/2 connections, opened as they are needed. A message is
 * `waiting` until it is put on a stream, and leaves from there as not processed: FCM cannot have seen it.
 * @throws ConfigError for options that cannot work
 */
export function createHttp2Transport(options: Http2Options): Transport {
  const settings = readOptions(options);
  const fieldsFor = createFields(settings);
  const waiting = createDeadlines<Call>(Math.min(settings.waitMs, settings.timeoutMs), (call) =>
    refuse(call),
  );
  /** Those of them that have their access token, first come first. */
  const queue = new Set<Call>();
  const pool = createPool(settings, {
    onAnswer: answer,
    onRoom: advance,
    onUnreachable() {
      for (const call of [...queue]) refuse(call);
    },
  });
  const waiters: PromiseWithResolvers<void>[] = [];
  const granted = Promise.resolve();
  const drained = Promise.withResolvers<void>();
  /** Started since the last tick: they share one question to the credential. */
  let fresh: Call[] = [];
  /** Slots granted whose message is not on a stream yet. */
  let held = 0;
  /** Messages started and not answered yet. */
  let unanswered = 0;
  let closing: Promise<void> | undefined;
  let closed = false;

  /** Hands queued messages to connections with room, opens more where they are short, then grants what is free. */
  function advance(): void {
    for (const call of queue) {
      const connection = pool.pick();
      if (connection === undefined) break;
      leave(call);
      connection.send(call);
    }
    pool.provide(held + waiters.length);
    while (waiters.length > 0 && pool.hasRoom(held + 1)) {
      held += 1;
      waiters.shift()?.resolve();
    }
  }

  /** A message that starts after a `renew()` asks the credential after it, and so never goes out with the old token. */
  async function launch(): Promise<void> {
    const batch = fresh;
    fresh = [];
    const fields = await authorize();
    for (const call of batch) {
      if (!waiting.has(call)) continue;
      if ("kind" in fields || closed) {
        refuse(call, "kind" in fields ? fields : NOT_PROCESSED);
      } else {
        call.fields = fields;
        queue.add(call);
      }
    }
    advance();
  }

  /** The header fields for the token of now, or the answer to everybody who waits for one. */
  async function authorize(): Promise<HeaderFields | Answer> {
    try {
      return fieldsFor(await settings.credential.authorization());
    } catch (error) {
      const cause = codeOf(error);
      settings.onEvent({ kind: "credential-failed", cause });
      const hopeless = error instanceof TerminalError || error instanceof ConfigError;
      return hopeless ? { kind: "no-credential", reason: error.message } : NOT_PROCESSED;
    }
  }

  function leave(call: Call): void {
    waiting.remove(call);
    queue.delete(call);
    held -= 1;
  }

  function refuse(call: Call, why: Answer = NOT_PROCESSED): void {
    leave(call);
    answer(call, why);
  }

  function answer(call: Call, what: Answer): void {
    advance();
    unanswered -= 1;
    if (unanswered === 0 && closing !== undefined) drained.resolve();
    call.onAnswer(call.index, what);
  }

  async function shutDown(patienceMs: number): Promise<void> {
    held += waiters.length;
    for (const waiter of waiters.splice(0)) waiter.resolve();
    if (unanswered > 0) {
      const patience = setTimeout(drained.resolve, patienceMs);
      await drained.promise;
      clearTimeout(patience);
    }
    closed = true;
    await pool.close();
    for (const call of [...waiting]) refuse(call);
  }

  return {
    slot() {
      if (closing !== undefined || (waiters.length === 0 && pool.hasRoom(held + 1))) {
        held += 1;
        return granted;
      }
      const waiter = Promise.withResolvers<void>();
      waiters.push(waiter);
      advance();
      return waiter.promise;
    },
    start(index, body, notAfter, onAnswer) {
      const call = createCall(index, body, notAfter, onAnswer);
      unanswered += 1;
      waiting.add(call);
      // The end of the tick, so that a caller who takes slot after slot gets the whole lot into one batch.
      if (fresh.push(call) === 1) process.nextTick(launch);
    },
    unused() {
      held -= 1;
      advance();
    },
    close(patienceMs = settings.timeoutMs) {
      closing ??= shutDown(patienceMs);
      return closing;
    },
  };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
