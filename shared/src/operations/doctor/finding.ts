import type { PushingSubscription } from "../../bus/pushing.ts";
import type { Gate } from "../../domain/broadcast.ts";
import { onOneLine } from "../../domain/quote.ts";
import type { Store } from "../../store.ts";

/** What one check found: that all is well, or one thing that is not, and what to do about it. */
export interface Finding {
  check: Check;
  ok: boolean;
  /** The broadcast, range or chunk that it is about. */
  about?: string | undefined;
  message: string;
  doThis?: string | undefined;
}

export type Check =
  | "clock"
  | "clock steps"
  | "due"
  | "debts"
  | "dead letters"
  | "quota"
  | "transport"
  | "pushes"
  | "devices"
  | "documents"
  | "work"
  | "held"
  | "paused"
  | "stuck"
  | "unread";

/** What is examined. Times are milliseconds. */
export interface Installation
  extends Pick<Store, "broadcasts" | "ledger" | "health" | "senders" | "registrations" | "intake"> {
  now: number;
  /** How long no tick may come. */
  patienceMs: number;
  /** What to do about a clock that does not tick. */
  clockHelp: string;
  /** Where Pub/Sub pushes; absent on one machine. */
  pushing?: (() => Promise<readonly PushingSubscription[]>) | undefined;
}

/** How many broadcasts, letters or pieces of work are looked at by a check that could find a great many. */
export const SOME = 200;

/** What a check found, or that all is well. */
export function orWell(check: Check, found: readonly Finding[], well: string): readonly Finding[] {
  return found.length > 0 ? found : [{ check, ok: true, message: well }];
}

/** A finding for a person. */
export function lineOf({ check, ok, about, message, doThis }: Finding): string {
  const what = about === undefined ? message : `${about} ${message}`;
  // Reasons quote what users wrote.
  return onOneLine(`${ok ? "ok" : "!!"} ${check}: ${what}${doThis === undefined ? "" : ` — ${doThis}`}`);
}

/** A length of time for a person. */
export function inWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** When a gate was closed, what closed it, and why. */
export function sinceAndWhy({ at, by, reason }: Gate): string {
  return `since ${iso(at)} by ${by}${reason === undefined ? "" : `: ${reason}`}`;
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
