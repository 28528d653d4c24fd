import { payDebts } from "../broadcasts/debts.ts";
import type { Clock } from "../clock/index.ts";
import { type Broadcast, wakesAt } from "../domain/broadcast.ts";
import { AS_FLUTTERFLOW } from "../domain/content-rules.ts";
import { broadcastId, fingerprint } from "../domain/ids.ts";
import { release, schedule } from "../domain/phases.ts";
import { InvalidInput, RetryableError, TerminalError } from "../errors.ts";
import { type BroadcastRequest, parseRequest } from "../events/broadcast-requests.ts";
import { payRelease, type ReleaseDeps } from "./release.ts";

/** A person or program that waits for the answer (command, API), or an event that may have been long on its way. */
export type Door = "direct" | "event";

/** What Fanfare's own doors say of a broadcast beside its request. */
export type Origin = Pick<Broadcast, "documents" | "writtenAt" | "narrowedBy" | "checkOnly"> &
  Partial<Pick<Broadcast, "gates">>;

/** What a request is checked against. */
export interface RequestRules {
  usersCollection: string;
  /** How late an event may arrive for its time and still be sent, in milliseconds. Later ones are refused. */
  catchUpMs: number;
  /** How long a broadcast may be at work, in milliseconds. */
  longestMs: number;
  now: () => number;
}

export type SubmitDeps = ReleaseDeps & RequestRules & { clock: Clock };

export const CATCH_UP_MS = 24 * 3_600_000;

/**
 * Takes a request, from any door: checks it whole, gives it its derived id, stores it, and releases it at once where
 * it is due. The same request again is the same broadcast and the same answer. What has an origin is the same
 * whenever its key is: a document may have changed since, and whoever submits it sees to that.
 * @throws InvalidInput that names each field at fault; nothing is stored then.
 * @throws TerminalError or RetryableError of the clock's, for an event that asks for later; nothing is stored then.
 */
export async function submit(
  deps: SubmitDeps,
  value: unknown,
  door: Door,
  origin?: Origin,
): Promise<Broadcast> {
  const request = parseRequest(value, deps.usersCollection, origin?.documents && AS_FLUTTERFLOW);
  const known = await deps.broadcasts.get(broadcastId(request.caller, request.idempotencyKey));
  // After that read, which tells the store's time.
  const now = deps.now();
  const asked = newBroadcast(request, now, origin);
  if (known) return answerAgain(deps, known, asked);
  checkTimes(request, door, deps);
  const made = await releaseIfDue(deps, asked, now);
  if (made.phase === "scheduled") await ensureRelease(deps.clock, door);
  const stored = await deps.broadcasts.create(made);
  if (stored.kind === "existing") return answerAgain(deps, stored.existing, made);
  await payRelease(deps, made);
  return made;
}

/** A broadcast for later is refused when nothing would release it. One for now needs no tick to be released. */
async function ensureRelease(clock: Clock, door: Door): Promise<void> {
  try {
    await clock.ensure();
  } catch (error) {
    const isForeseen = error instanceof TerminalError || error instanceof RetryableError;
    // An event may wait and come again, or is answered; somebody who waits is told at once.
    if (door === "event" || !isForeseen) throw error;
    throw new InvalidInput([{ field: "at", message: `cannot be kept until then: ${error.message}` }]);
  }
}

async function answerAgain(deps: SubmitDeps, existing: Broadcast, made: Broadcast): Promise<Broadcast> {
  if (existing.fingerprint !== made.fingerprint) {
    throw new InvalidInput([
      { field: "idempotencyKey", message: `was used before, for a different broadcast (${existing.id})` },
    ]);
  }
  await payDebts(deps, existing);
  return existing;
}

/**
 * Checks a request as `submit` does, and stores nothing.
 * @throws InvalidInput that names each field at fault.
 */
export function checkRequest(value: unknown, door: Door, rules: RequestRules): BroadcastRequest {
  const request = parseRequest(value, rules.usersCollection);
  checkTimes(request, door, rules);
  return request;
}

function checkTimes({ at, deadline }: BroadcastRequest, door: Door, { now, catchUpMs }: RequestRules): void {
  const refuse = (field: string, message: string) => {
    throw new InvalidInput([{ field, message }]);
  };
  const time = now();
  if (deadline !== undefined && deadline <= time) refuse("deadline", "has passed");
  if (at === null) return;
  if (deadline !== undefined && deadline <= at) refuse("deadline", "is not after the time to send at");
  if (door === "direct" && time > at) refuse("at", "lies in the past");
  if (time - at > catchUpMs)
    refuse("at", `passed more than ${catchUpMs / 3_600_000} hours before the request arrived`);
}

function newBroadcast(request: BroadcastRequest, now: number, origin?: Origin): Broadcast {
  const { caller, idempotencyKey, at, ...asked } = request;
  const id = broadcastId(caller, idempotencyKey);
  const print = fingerprint(origin ? { idempotencyKey } : { ...asked, at });
  const { gates = {}, ...rest } = origin ?? {};
  const scheduled = schedule(
    { id, caller, idempotencyKey, fingerprint: print, ...asked, dueAt: at ?? now, ...rest },
    now,
  );
  return { ...scheduled, gates };
}

async function releaseIfDue(deps: SubmitDeps, scheduled: Broadcast, now: number): Promise<Broadcast> {
  if (wakesAt(scheduled) > now) return scheduled;
  return release(scheduled, now, deps.longestMs, await deps.registrations.moment());
}
