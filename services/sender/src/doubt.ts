/** How far what FCM refuses outweighs what it accepts, of messages that have something in common. */
export interface Doubt {
  /** Whether anything was accepted. */
  readonly proven: boolean;
  /** Whether refusals are many more than a few odd members would get, though not yet too many. */
  readonly growing: boolean;
  accept(): void;
  /** Notes a refusal; true where it is one too many to be its member's fault. */
  suspect(): boolean;
}

/** This many first answers that are all refusals are enough. */
export const FIRST_REFUSALS = 8;

/**
 * A wave is this many more refusals than acceptances since the two were last level: a fault of ours accepts none. Fewer,
 * and the few odd devices of an audience would hold it; more, and fifty senders lose more than 2,000 messages. An
 * audience of which a quarter is refused comes this far once in 10^15 messages. No totals are kept: a credential that
 * is revoked after 100,000 acceptances is found out as soon.
 */
const WAVE = 32;

/** @param first how many refusals are enough before the first acceptance */
export function createDoubt(first: number): Doubt {
  let count = 0;
  let proven = false;
  return {
    get proven() {
      return proven;
    },
    get growing() {
      return count >= FIRST_REFUSALS;
    },
    accept() {
      proven = true;
      if (count > 0) count -= 1;
    },
    suspect() {
      count += 1;
      return count >= (proven ? WAVE : Math.min(first, WAVE));
    },
  };
}
