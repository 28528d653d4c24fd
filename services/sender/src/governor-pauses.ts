import { LONGEST_ASKED_MS } from "@fanfare/shared/domain/backoff";
import type { SenderRecord } from "@fanfare/shared/senders";
import { LONGEST_TOLD_MS, PROBE_MS } from "@fanfare/shared/senders/pauses";

/** A pause that another sender's record tells, in this process's time. */
export interface ToldPause {
  id: string;
  /** When the record was written. */
  from: number;
  pauseMs: number;
  probes: boolean;
}

/** The pause that FCM asked this process for, in monotonic milliseconds. */
interface OwnPause {
  until: number;
  /** More was asked for than is believed: one message is sent at the end, to see whether the pause still holds. */
  probes: boolean;
  /** Whether that message is on its way. */
  sent: boolean;
  /** The devices whose own 429 has prolonged it: one busy device may do so once. */
  prolongedBy: Set<string>;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** An own pause that grew by less is told with the next record, not at once: each answer in flight makes it grow. */
const NEWS_MS = 1_000;

/** A sender that wrote nothing for so long may be dead, and its probe would never come. */
const ALIVE_MS = 15_000;

export type Pauses = ReturnType<typeof createPauses>;

/**
 * Keeps the pauses that FCM asked this process or another sender for. No pause is believed for more than five minutes.
 * If FCM asked for more, the sender that was asked then probes: it sends one message, and the answer says whether all go
 * on. Without an answer all go on a little later.
 */
export function createPauses() {
  let own: OwnPause | null = null;
  let adoptedUntil = NEVER;
  /** Until when a record is believed that tells more than any pause can be. */
  let exaggerated = new Map<string, number>();

  const endOf = ({ until, probes }: OwnPause) => until + (probes ? PROBE_MS : 0);

  function ownAt(now: number): OwnPause | null {
    if (own && now >= endOf(own)) own = null;
    return own;
  }

  function leftMs(now: number): number {
    const mine = ownAt(now);
    return Math.max(adoptedUntil, mine ? endOf(mine) : NEVER) - now;
  }

  /** A record may be renewed for ever, so that what it tells counts from when it was first seen. */
  function believe({ id, from, pauseMs }: ToldPause): number {
    if (pauseMs <= LONGEST_TOLD_MS) return from + pauseMs;
    return exaggerated.get(id) ?? from + LONGEST_TOLD_MS;
  }

  return {
    /** How long nothing may be sent; nothing or less for not at all. While a message probes, all others wait. */
    heldMs(now: number): number {
      const mine = ownAt(now);
      const ownMs = mine ? (mine.sent ? endOf(mine) : mine.until) - now : NEVER;
      return Math.max(adoptedUntil - now, ownMs);
    },
    /** How long until nothing is left of any pause, whatever a probe may bring. */
    leftMs,
    /** An attempt is made. */
    spent(now: number): void {
      const mine = ownAt(now);
      if (mine?.probes) mine.sent = true;
    },
    isProbing: (now: number) => ownAt(now)?.sent === true,
    /** The probe was not answered: another may go. */
    probeAgain(): void {
      if (own) own.sent = false;
    },
    /** Whether a device's 429 that does not name its cause may prolong the pause: not again and again. */
    mayProlong(address: string): boolean {
      if (own?.prolongedBy.has(address)) return false;
      own?.prolongedBy.add(address);
      return true;
    },
    /** The probe was answered: FCM takes messages. */
    end(): void {
      own = null;
    },
    /** FCM asks everybody to wait. True where the other senders have to hear of it at once. */
    ask(ms: number, now: number): boolean {
      const mine = ownAt(now);
      const until = Math.max(mine?.until ?? NEVER, now + Math.min(ms, LONGEST_ASKED_MS));
      const probes = mine?.probes === true || ms > LONGEST_ASKED_MS;
      own = { until, probes, sent: false, prolongedBy: mine?.prolongedBy ?? new Set() };
      return !mine || mine.probes !== probes || until - mine.until > NEWS_MS;
    },
    /** What this process's record says. */
    told(now: number): Pick<SenderRecord, "pauseMs" | "probes"> {
      const mine = ownAt(now);
      if (!mine) return { pauseMs: 0 };
      return { pauseMs: endOf(mine) - now, ...(mine.probes && { probes: true }) };
    },
    /**
     * What all other senders tell now, in the place of what they told before. Of several that would probe the first in
     * the order of ids does; the others leave it to that one.
     */
    adopt(told: readonly ToldPause[], id: string, now: number): void {
      const beyond = told.filter(({ pauseMs }) => pauseMs > LONGEST_TOLD_MS);
      exaggerated = new Map(beyond.map((one) => [one.id, believe(one)]));
      const counting = told.filter((one) => believe(one) > now);
      const isAhead = (one: ToldPause) => one.probes && one.id < id && now - one.from < ALIVE_MS;
      if (ownAt(now)?.probes && counting.some(isAhead)) own = null;
      const heeded = own?.probes ? counting.filter(({ probes }) => !probes) : counting;
      adoptedUntil = Math.max(NEVER, ...heeded.map(believe));
    },
  };
}
