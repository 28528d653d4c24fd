import { createDoubt, FIRST_REFUSALS } from "./doubt.ts";

/** What a process knows of its credential, by the answers to all broadcasts. */
export interface Trust {
  /** Access tokens that were renewed so far. */
  readonly renewals: number;
  accept(): void;
  /** Whether refusals are many more than a few odd members would get. */
  readonly growing: boolean;
  /** Notes a refusal that speaks against the credential; true where it is one too many to be the member's fault. */
  suspect(): boolean;
  /** Whether the access token, or the one before it, was good of late, so that a refusal is the member's fault. */
  isProven(): boolean;
  /** FCM was asked, and takes the access token: what speaks against it is its members' fault. */
  prove(): void;
  /** Whether the access token has been in use for long: one that refuses a member may have run out. */
  isOld(): boolean;
  /** Whether a new access token may help: not where the last one is as new as can be. */
  mayRenew(): boolean;
  renewed(): void;
  /** No other token is to be had: that is as good as a new one. */
  notRenewed(): void;
}

/** How long an acceptance speaks for the access token. */
const PROVEN_MS = 60_000;
/** More than a passing quarrel about one token would let through in between. */
const ENOUGH = 1_000;
/** How long a token that is refused counts as new. */
const NEW_MS = 5 * 60_000;

export function createTrust(monotonic: () => number): Trust {
  let doubt = createDoubt(FIRST_REFUSALS);
  let acceptedAt = Number.NEGATIVE_INFINITY;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let accepted = 0;
  let renewals = 0;
  const isOld = () => monotonic() - renewedAt >= NEW_MS;
  return {
    get renewals() {
      return renewals;
    },
    get growing() {
      return doubt.growing;
    },
    accept() {
      accepted += 1;
      acceptedAt = monotonic();
      doubt.accept();
    },
    suspect: () => doubt.suspect(),
    prove() {
      doubt = createDoubt(FIRST_REFUSALS);
      doubt.accept();
      acceptedAt = monotonic();
    },
    isProven: () => monotonic() - acceptedAt < PROVEN_MS,
    isOld,
    mayRenew: () => accepted >= ENOUGH || isOld(),
    renewed() {
      doubt = createDoubt(FIRST_REFUSALS);
      [accepted, renewedAt] = [0, monotonic()];
      renewals += 1;
    },
    notRenewed() {
      [accepted, renewedAt] = [0, monotonic()];
    },
  };
}
