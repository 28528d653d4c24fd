import type { Books } from "./books.ts";
import type { BroadcastId } from "./ids.ts";
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

/** Whom to reach: everybody where neither is given; those whom both admit where both are. */
export interface Audience {
  platforms?: Platform[] | undefined;
  /** Paths of user documents. */
  users?: string[] | undefined;
}

/** What to do about a member whose attempt was cut off: send again (the phone replaces), or leave it `unknown`. */
export type OnCrash = "repeat" | "miss";

export type Phase = "scheduled" | "running" | "succeeded" | "failed" | "cancelled";

/** A closed gate: nothing more is sent until it is opened. */
export interface Gate {
  reason: string;
  by: string;
  at: number;
  /** A code of rejections that are not believed while it is closed: members that got one are opened again. */
  doubts?: string | undefined;
}

/** A publication that a change of state still owes: paid by publishing and then clearing it, by the tick if need be. */
export type Debt = "due" | "unpark" | "finished" | "prune";

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
  gates: { held?: Gate | undefined };
  createdAt: number;
  dueAt: number;
  releasedAt: number | null;
  finishedAt: number | null;
  owes: Debt[];
  /** Why it failed, where a fault rather than its outcomes decided that. */
  fault?: string | undefined;
  /** Written when it has finished; until then the ledger is asked. */
  books: Books | null;
  pruning: Pruning;
}

export function isFinished(phase: Phase): boolean {
  return phase === "succeeded" || phase === "failed" || phase === "cancelled";
}

/** The value by which phones replace one notification of this broadcast with the next. */
export function collapseIdOf(broadcast: Pick<Broadcast, "id" | "content">): string {
  return broadcast.content.collapseId ?? broadcast.id;
}
