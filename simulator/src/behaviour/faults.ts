import { mix, toUnit } from "./hash.ts";
import { NO_SHARES, type Shares } from "./natures.ts";
import { type Authorization, NO_AUTHORIZATION } from "./tokens.ts";

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
  /**
   * No answer: the stream is reset with INTERNAL_ERROR or CANCEL, half the time (by hash) after the message was
   * accepted.
   */
  drop: number;
  /** A drop ends the whole connection, not only its stream. HTTP/1.1 knows no other way. */
  dropConnection: boolean;
  /** The stream is reset with REFUSED_STREAM: not processed. HTTP/1.1 has no word for it; its connection ends. */
  refuse: number;
  /** The whole connection is reset (TCP RST), half the time after the message was accepted. */
  abort: number;
  /** No answer, ever, half the time after accepting: the stream stays open until the client cancels it. */
  stall: number;
  /** The answer's headers come, and half of its body: a 200 after accepting, or a 503 before. */
  stallBody: number;
  /**
   * The message is accepted and answered, but before it a GOAWAY names its stream as the last: streams above it
   * whose messages were not accepted yet never are. Over HTTP/1.1 the answer closes the connection.
   */
  goaway: number;
  /** An HTML page instead of FCM's JSON, with a status from 400 on; the message is not accepted. */
  page: number;
  /** The status of these pages; null for one by hash. */
  pageStatus: number | null;
  /**
   * An answer from 400 on comes with an HTML page, nothing, half its JSON, or its JSON as `text/plain`, by hash.
   * Drawn apart from the faults above, so also for an address that is not fine.
   */
  garble: number;
  /** Every message is refused by a 400 that blames its data, as after a mistake in a template. */
  payloadFault: boolean;
  /** The same for addresses that contain this text, as those of one platform may; null for none, "" for all. */
  payloadFaultFor: string | null;
  /**
   * Fine addresses that contain this text get THIRD_PARTY_AUTH_ERROR, as after the key of their platform was revoked;
   * null for none, "" for all.
   */
  keyFaultFor: string | null;
  /** The share of fine addresses, by hash, that are called UNREGISTERED as long as this is set, though they live. */
  wrongDead: number;
  authorization: Authorization;
  /** What HTTP/2 clients are told in SETTINGS; FCM's is 100. A change is told to open connections at once. */
  maxConcurrentStreams: number;
  /**
   * How much of a body HTTP/2 clients may send before they are told to go on, a stream; HTTP/2's own is 65,535. With
   * little of it bodies come in pieces, with 0 none comes until it is raised. A change is told to open connections.
   */
  initialWindowBytes: number;
  /**
   * How long a new HTTP/2 connection waits for the first word of the server (SETTINGS). A change holds for those that
   * wait, too.
   */
  connectMs: number;
  /** `Retry-After` of an `error429`; null leaves the header out. */
  retryAfterSeconds: number | null;
  /** Whether that header is a date instead of a number of seconds. */
  retryAfterDate: boolean;
  /**
   * Answers wait `meanMs` ± `jitterMs`, evenly spread, by hash; what is refused unread or over quota does not. A
   * message is accepted when its answer is due, or when its client leaves.
   */
  latency: { meanMs: number; jitterMs: number };
  /** From the attempt after this one an address is served without faults, so that every run ends. */
  maxFaultyAttempts: number;
  /** Messages per window; null for no limit. The window's length is an option of the simulator. */
  quotaPerMinute: number | null;
  /** Whether the quota's 429 says, by `Retry-After`, how many seconds the window still lasts. */
  quotaRetryAfter: boolean;
};

/** A partial change, as deep as the faults. */
export type FaultsPatch = Partial<Omit<Faults, FaultGroup>> & {
  [Group in FaultGroup]?: Partial<Faults[Group]>;
};
type FaultGroup = "shares" | "latency" | "authorization";

/** A well-behaved FCM. */
export const NO_FAULTS: Faults = {
  shares: NO_SHARES,
  error429: 0,
  error500: 0,
  error503: 0,
  error503After: 0,
  drop: 0,
  dropConnection: false,
  refuse: 0,
  abort: 0,
  stall: 0,
  stallBody: 0,
  goaway: 0,
  page: 0,
  pageStatus: null,
  garble: 0,
  payloadFault: false,
  payloadFaultFor: null,
  keyFaultFor: null,
  wrongDead: 0,
  authorization: NO_AUTHORIZATION,
  maxConcurrentStreams: 100,
  initialWindowBytes: 65_535,
  connectMs: 0,
  retryAfterSeconds: 60,
  retryAfterDate: false,
  latency: { meanMs: 0, jitterMs: 0 },
  maxFaultyAttempts: 3,
  quotaPerMinute: null,
  quotaRetryAfter: true,
};

/** The per-attempt faults in the order in which one draw is cut among them. */
export const ATTEMPT_FAULTS = [
  "error429",
  "error500",
  "error503",
  "error503After",
  "drop",
  "refuse",
  "abort",
  "stall",
  "stallBody",
  "goaway",
  "page",
] as const;
export type AttemptFault = (typeof ATTEMPT_FAULTS)[number];

// One salt a purpose, so that e.g. slow attempts are not the faulty ones. Those below `SALTS` are of addresses, as
// attempts count from 1; salt 0 belongs to natures.
const SALTS = 4;
const WRONG_DEAD = 1;
const GARBLE = 0;
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

/** Whether the answer to an attempt, if it is an error, comes in a form that nobody expects. */
export function isGarbled(faults: Faults, addressHash: number, attempt: number): boolean {
  if (attempt > faults.maxFaultyAttempts) return false;
  return toUnit(drawHash(addressHash, attempt, GARBLE)) < faults.garble;
}

/** A choice among four for an attempt: the form of a garbled answer. Its lowest bit is the code of a drop. */
export function pickForm(addressHash: number, attempt: number): number {
  return (drawHash(addressHash, attempt, COIN) >>> 1) & 3;
}

/** What a page may come with. */
export const PAGE_STATUSES = [400, 401, 403, 404, 405, 429, 500, 502, 503] as const;

/** The status of a page. The two other choices that are drawn from the same hash take its lowest three bits. */
export function pickPageStatus({ pageStatus }: Faults, addressHash: number, attempt: number): number {
  if (pageStatus !== null) return pageStatus;
  const draw = drawHash(addressHash, attempt, COIN) >>> 3;
  return PAGE_STATUSES[draw % PAGE_STATUSES.length] ?? 404;
}

/** Whether a fine address is called dead, at every attempt. */
export function isWronglyDead({ wrongDead }: Faults, addressHash: number): boolean {
  return wrongDead > 0 && toUnit(mix(addressHash, WRONG_DEAD)) < wrongDead;
}

/** The second, even choice of an attempt: a 503 as JSON or HTML, a drop before or after accepting. */
export function tossCoin(addressHash: number, attempt: number): boolean {
  return (drawHash(addressHash, attempt, COIN) & 1) === 1;
}
