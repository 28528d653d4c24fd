import type { Books } from "./books.ts";
import type { BroadcastId } from "./ids.ts";
import { CREDENTIAL_REFUSED } from "./outcome.ts";
import type { Platform } from "./registration.ts";

/** What the phone gets. Fields are as the caller gave them; `message.ts` makes FCM's message of them. */
export interface Content {
  title: string;
  text: string;
  image?: string | undefined;
  sound?: string | undefined;
  /** The page that FlutterFlow's client opens on tap. */
  initialPage?: string | undefined;
  /** A JSON object as text, handed to the page verbatim. */
  parameterData?: string | undefined;
  data?: Record<string, string> | undefined;
  ttlSeconds?: number | undefined;
  priority?: "normal" | "high" | undefined;
  /** Notifications with the same value replace each other on the phone. Default: the broadcast's id. */
  collapseId?: string | undefined;
  badge?: number | undefined;
  /** The Android notification channel. */
  channel?: string | undefined;
}

/** Whom to reach: everybody where nothing is given; those whom both admit where platforms and users are. */
export interface Audience {
  platforms?: Platform[] | undefined;
  /** Paths of user documents. */
  users?: string[] | undefined;
  /** Members of earlier broadcasts, by what came of them; stands alone. */
  of?: Earlier | undefined;
}

/**
 * `seen`: those who were reached, or may have been. `retryable`: those who failed for a reason that can pass.
 * The broadcasts have finished, and no address is a member of two of them with such an outcome.
 */
export interface Earlier {
  broadcasts: BroadcastId[];
  who: "seen" | "retryable";
}

/** What to do about a member whose attempt was cut off: send again (the phone replaces), or leave it `unknown`. */
export type OnCrash = "repeat" | "miss";

export type Phase = "scheduled" | "running" | "succeeded" | "failed" | "cancelled";

/** A closed gate: nothing more is sent until it is opened. */
export interface Gate {
  reason?: string | undefined;
  by: string;
  at: number;
  /** A code of rejections that are not believed while it is closed: members that got one are opened again. */
  doubts?: string | undefined;
}

/** Rejections that are not doubted: who gets one of these codes is rejected for good, and the others are sent to. */
export interface Acceptance {
  code: string;
  reason?: string | undefined;
  by: string;
  at: number;
}

/** Each closes and opens by itself: `held` by the breaker, `paused` by somebody, `cancelled` by somebody and for good. */
export interface Gates {
  held?: Gate | undefined;
  paused?: Gate | undefined;
  cancelled?: Gate | undefined;
}

export type GateName = keyof Gates;

/** A publication that a change of state still owes: paid by publishing and then clearing it, by the tick if need be. */
export type Debt = "due" | "unpark" | "close" | "finished" | "answer" | "prune";

export interface Pruning {
  /** `none` until the broadcast has finished. */
  state: "none" | "owed" | "withheld" | "done";
  reason?: string | undefined;
  /** Who decided, and when, that what was withheld is to be pruned after all. */
  released?: { by: string; at: number } | undefined;
  /** When the tick is to ask for it again, should it not be done by then. */
  hintAt?: number | undefined;
  /** The last chunk whose dead addresses were pruned. */
  cursor?: string | undefined;
}

/** One document of FlutterFlow's, and no other that comes to have its path later. */
export interface DocumentId {
  /** `ff_push_notifications/{id}` or `ff_user_push_notifications/{id}`. */
  path: string;
  /** When it was created, in microseconds since 1970: one that is deleted and written again is another. */
  createdAt: number;
}

/** A document that asked for a broadcast. */
export interface AskedBy extends DocumentId {
  /** The status that it was taken with, where that is none of FlutterFlow's: its answer takes the place of that one. */
  status?: string | undefined;
}

/** The record of one broadcast. Times are milliseconds since 1970. */
export interface Broadcast {
  v: 1;
  id: BroadcastId;
  /** Grows by one with each write; a write names the version it was decided on. */
  version: number;
  caller: string;
  idempotencyKey: string;
  /** Of the request: tells a repeated request from another one under the same key. */
  fingerprint: string;
  content: Content;
  audience: Audience;
  onCrash: OnCrash;
  /** Whether it goes before others although its audience is large. */
  urgent?: boolean | undefined;
  /** Attempts a minute that it may take, by all senders together; the project's quota where absent. */
  perMinute?: number | undefined;
  phase: Phase;
  gates: Gates;
  createdAt: number;
  dueAt: number;
  releasedAt: number | null;
  /** What is registered up to then is its audience, in the time of registrations (`Registrations.moment`). */
  asOf?: number | undefined;
  finishedAt: number | null;
  /** When its caller says that it is of no use any more. */
  deadline?: number | undefined;
  /** Nothing is sent from then on, and what is still open is `expired`. Known from the release on. */
  endsAt?: number | undefined;
  /** The broadcast that sends again to those who failed for a reason that can pass. */
  retriedAs?: BroadcastId | undefined;
  /** The latest broadcast that replaces this one on the phones, and when it was decided on. */
  corrected?: { as: BroadcastId; at: number } | undefined;
  /** The documents of FlutterFlow's that asked for it: each is owed an answer when it has finished. */
  documents?: AskedBy[] | undefined;
  /** When the document that it was last made from had been written, in microseconds since 1970. */
  writtenAt?: number | undefined;
  /** Fields of its document that may narrow the audience and are not understood: it was paused for them. */
  narrowedBy?: string | undefined;
  /** FCM only checks its messages: nothing is delivered, no document answered, and nothing deleted. */
  checkOnly?: true | undefined;
  /** How often it was resumed from a hold, other than by accepting what it was held for. */
  trial?: number | undefined;
  /** Refusals of FCM's that are accepted: by a person, or as all are refused who are left. */
  accepts?: Acceptance[] | undefined;
  /** How far it was when the tick last saw progress. */
  standstill?: Standstill | undefined;
  owes: Debt[];
  /** Why it failed, where a fault rather than its outcomes decided that. */
  fault?: string | undefined;
  /** What a person should know about how it ended, although it did not fail. */
  remark?: string | undefined;
  /** Written when it has finished; until then the ledger is asked. */
  books: Books | null;
  pruning: Pruning;
}

/**
 * `mark` tells one state of a broadcast's work from another, seen first `at` a time and last when it was looked at;
 * `why` it stands, where it has for too long.
 */
export interface Standstill {
  mark: string;
  at: number;
  lookedAt: number;
  why?: string | undefined;
}

export function isFinished(phase: Phase): boolean {
  return phase === "succeeded" || phase === "failed" || phase === "cancelled";
}

/** Up to when registrations are a broadcast's audience. Where its record is older than `asOf`, its release says so. */
export function audienceAsOf({ asOf, releasedAt }: Pick<Broadcast, "asOf" | "releasedAt">): number {
  return asOf ?? releasedAt ?? 0;
}

/** Which gates are closed. */
export function closedGates({ gates }: Pick<Broadcast, "gates">): GateName[] {
  return (["held", "paused", "cancelled"] as const).filter((name) => gates[name] !== undefined);
}

/** Whether it waits behind a gate that can be opened: its chunks are parked. */
export function isWaiting({ gates }: Pick<Broadcast, "gates">): boolean {
  return !gates.cancelled && (gates.held ?? gates.paused) !== undefined;
}

/** Later than any time that a store can hold (the last day of 9999, in UTC). */
const NEVER = 253_402_214_400_000;

/**
 * When the tick is to look at a scheduled broadcast. One that is paused is not released, however late it gets, and
 * ends at its deadline.
 */
export function wakesAt({ dueAt, deadline, gates }: Broadcast): number {
  return gates.paused ? (deadline ?? NEVER) : dueAt;
}

/** Whether it is too late to send any more of it. */
export function isOverdue({ endsAt }: Pick<Broadcast, "endsAt">, now: number): boolean {
  return endsAt !== undefined && now >= endsAt;
}

/** Whether members that got this code are rejected, and nothing is held for it. */
export function isAccepted({ accepts = [] }: Pick<Broadcast, "accepts">, code: string): boolean {
  return accepts.some((one) => one.code === code);
}

/** Whether a person can accept what a gate was closed for. A refused credential is mended: no member is at fault. */
export function isAcceptable(gate: Gate): gate is Gate & { doubts: string } {
  return gate.doubts !== undefined && gate.doubts !== CREDENTIAL_REFUSED;
}

/** The value by which phones replace one notification of this broadcast with the next. */
export function collapseIdOf(broadcast: Pick<Broadcast, "id" | "content">): string {
  return broadcast.content.collapseId ?? broadcast.id;
}
