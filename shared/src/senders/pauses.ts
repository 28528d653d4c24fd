import { LONGEST_ASKED_MS } from "../domain/backoff.ts";
import type { Seen } from "./index.ts";

/**
 * How much longer than the sender that told a pause the others wait, where that one sends a message first to see
 * whether the pause still holds: long enough for an answer at the transport's time-out of 15 s, and for the word of it
 * to reach the others.
 */
export const PROBE_MS = 20_000;

/** The longest pause that is believed of a record. */
export const LONGEST_TOLD_MS = LONGEST_ASKED_MS + PROBE_MS;

/** How long FCM asked everybody to wait still, in ms from when the records were looked at; 0 for not at all. */
export function pausedForMs({ at, senders }: Seen): number {
  const left = senders.map(({ writtenAt, pauseMs, probes }) => {
    const toldMs = Math.min(pauseMs, LONGEST_TOLD_MS) - (probes ? PROBE_MS : 0);
    return pauseMs > 0 ? writtenAt + toldMs - at : 0;
  });
  return Math.max(0, ...left);
}
