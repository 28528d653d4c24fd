import { mix, toUnit } from "./hash.ts";
import type { Shares } from "./natures.ts";

/** Everything that can be made to go wrong. Probabilities are each of one attempt at one fine address. */
export type Faults = {
  shares: Shares;
  /** 429, as under overload: unlike the quota's, drawn by address and attempt. */
  error429: number;
  /** 500, before the message is accepted. */
  error500: number;
  /** 503, before the message is accepted. */
  error503: number;
  /** 503 after the message was accepted: it is on the phone although the sender was told it failed. */
  error503After: number;
  /** No answer: the stream is reset, half the time (by hash) after the message was accepted. */
  drop: number;
  /** A drop ends the whole connection, not only its stream. HTTP/1.1 knows no other way. */
  dropConnection: boolean;
  /** `Retry-After` of an `error429`; null leaves the header out. */
  retryAfterSeconds: number | null;
  /** Answers wait `meanMs` ± `jitterMs`, evenly spread, by hash; what is refused unread or over quota does not. */
  latency: { meanMs: number; jitterMs: number };
  /** From the attempt after this one an address is served without faults, so that every run ends. */
  maxFaultyAttempts: number;
  /** Messages per window; null for no limit. The window's length is an option of the simulator. */
  quotaPerMinute: number | null;
  /** Whether the quota's 429 says, by `Retry-After`, how many seconds the window still lasts. */
  quotaRetryAfter: boolean;
};

/** A partial change, as deep as the faults. */
export type FaultsPatch = Partial<Omit<Faults, "shares" | "latency">> & {
  shares?: Partial<Faults["shares"]>;
  latency?: Partial<Faults["latency"]>;
};

/** A well-behaved FCM. */
export const NO_FAULTS: Faults = {
  shares: { dead: 0, foreign: 0, malformed: 0 },
  error429: 0,
  error500: 0,
  error503: 0,
  error503After: 0,
  drop: 0,
  dropConnection: false,
  retryAfterSeconds: 60,
  latency: { meanMs: 0, jitterMs: 0 },
  maxFaultyAttempts: 3,
  quotaPerMinute: null,
  quotaRetryAfter: true,
};

/** The per-attempt faults in the order in which one draw is cut among them. */
export const ATTEMPT_FAULTS = ["error429", "error500", "error503", "error503After", "drop"] as const;
export type AttemptFault = (typeof ATTEMPT_FAULTS)[number];

// One salt a purpose, so that e.g. slow attempts are not the faulty ones. Salt 0 belongs to natures.
const SALTS = 4;
const FAULT = 1;
const LATENCY = 2;
const COIN = 3;

function drawHash(addressHash: number, attempt: number, purpose: number): number {
  return mix(addressHash, attempt * SALTS + purpose);
}

/** The number in [0, 1) that decides what goes wrong at an attempt: below `error429` it is a 429, and so on in order. */
export function drawFault(addressHash: number, attempt: number): number {
  return toUnit(drawHash(addressHash, attempt, FAULT));
}

/** What goes wrong at an attempt (counted from 1), if anything. Depends on nothing but its arguments. */
export function pickFault(faults: Faults, addressHash: number, attempt: number): AttemptFault | undefined {
  if (attempt > faults.maxFaultyAttempts) return undefined;
  let rest = drawFault(addressHash, attempt);
  for (const fault of ATTEMPT_FAULTS) {
    if (rest < faults[fault]) return fault;
    rest -= faults[fault];
  }
  return undefined;
}

/** How long the answer to an attempt waits, in whole milliseconds. */
export function pickDelayMs({ latency }: Faults, addressHash: number, attempt: number): number {
  if (latency.meanMs === 0 && latency.jitterMs === 0) return 0;
  const around = toUnit(drawHash(addressHash, attempt, LATENCY)) * 2 - 1;
  return Math.max(0, Math.round(latency.meanMs + latency.jitterMs * around));
}

/** The second, even choice of an attempt: a 503 as JSON or HTML, a drop before or after accepting. */
export function tossCoin(addressHash: number, attempt: number): boolean {
  return (drawHash(addressHash, attempt, COIN) & 1) === 1;
}
