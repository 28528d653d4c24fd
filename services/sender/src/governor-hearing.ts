import type { Verdict } from "@fanfare/shared/domain/answers";
import type { Log } from "@fanfare/shared/hosting/log";
import type { GovernorClock } from "./governor-clock.ts";
import { createOverload } from "./governor-overload.ts";
import type { Pauses } from "./governor-pauses.ts";

export interface HearingPorts {
  pauses: Pauses;
  clock: GovernorClock;
  /** Told when the other senders have to hear of something. */
  tell: () => void;
  /** Told when more may be possible than before. */
  changed: () => void;
  /** The log, and the store's time to write there; absent: nothing is logged. */
  told?: { log: Log; now: () => number } | undefined;
}

/** A pause that FCM's answers ask for. */
interface AskedPause {
  ms: number;
  why: string;
}

type Limited = Verdict & { kind: "retry"; limit: "project" | "unknown" };

/**
 * Decides from FCM's answers whether all senders have to wait. A 429 that names the project's quota is enough. Other
 * 429s count only if several addresses get them at once, because FCM gives the same answer for one busy device.
 */
export function createHearing({ pauses, clock, tell, changed, told }: HearingPorts) {
  const overload = createOverload();
  let logged = false;

  function askedBy(address: string, verdict: Verdict, now: number): AskedPause | null {
    if (!isLimited(verdict)) {
      if (isAnswer(verdict)) overload.note(now);
      return null;
    }
    const { limit, afterMs = 0 } = verdict;
    const found = overload.noteLimited(address, afterMs, now);
    if (limit === "project") return { ms: afterMs, why: "429 RATE_LIMIT_EXCEEDED: the project's quota" };
    if (!found) return null;
    return {
      ms: found.afterMs,
      why: `429 for ${found.limited} of ${found.answers} messages within a second`,
    };
  }

  /** What the answer to a message that went ahead of all others asks for. */
  function askedByProbe(address: string, verdict: Verdict): AskedPause | "over" | "no answer" {
    if (!isLimited(verdict)) return isSilence(verdict) ? "no answer" : "over";
    if (verdict.limit === "unknown" && !pauses.mayProlong(address)) return "no answer";
    return { ms: verdict.afterMs ?? 0, why: "429 again" };
  }

  function start({ ms, why }: AskedPause, now: number): void {
    if (ms <= 0 && !pauses.isProbing(now)) return;
    const isNews = pauses.ask(ms, now);
    if (isNews) tell();
    if (logged) return;
    logged = true;
    const until = told && new Date(told.now() + pauses.heldMs(now)).toISOString();
    told?.log.warn({ until, why, askedSeconds: Math.round(ms / 1_000) }, "FCM asked everybody to wait");
    awaitEnd(now);
  }

  function awaitEnd(now: number): void {
    clock.after(Math.max(1, pauses.leftMs(now)), () => {
      if (!noteEnd(clock.now()) && logged) awaitEnd(clock.now());
    });
  }

  /** True where nothing is left of a pause that was told. */
  function noteEnd(now: number): boolean {
    if (!logged || pauses.leftMs(now) > 0) return false;
    logged = false;
    told?.log.info("FCM's wait for everybody is over");
    return true;
  }

  return {
    heard(address: string, verdict: Verdict, now: number): void {
      const isProbe = pauses.isProbing(now);
      const asked = askedBy(address, verdict, now);
      const next = isProbe ? (asked ?? askedByProbe(address, verdict)) : asked;
      if (next === null) return;
      if (next === "no answer") pauses.probeAgain();
      else if (next === "over") pauses.end();
      else start(next, now);
      if (next === "over") tell();
      changed();
    },
    noteEnd,
  };
}

function isLimited(verdict: Verdict): verdict is Limited {
  return verdict.kind === "retry" && verdict.limit !== undefined;
}

/** Whether the message got as far as FCM, or to what stands in its place. */
function isAnswer(verdict: Verdict): boolean {
  if (verdict.kind === "retry") return verdict.unsure;
  return verdict.kind !== "credential";
}

/** Whether FCM may not have answered. A 503 without Retry-After looks the same here, and says nothing of a limit. */
function isSilence(verdict: Verdict): boolean {
  if (verdict.kind === "credential") return true;
  return verdict.kind === "retry" && verdict.afterMs === undefined && !verdict.page;
}
