/** The answers of one second that show that FCM limits everybody. */
export interface Overload {
  /** The longest wait that was asked for, in milliseconds. */
  afterMs: number;
  /** How many of the answers were a 429. */
  limited: number;
  answers: number;
}

interface Slot {
  number: number;
  answers: number;
  limited: number;
  afterMs: number;
  /** Devices that got a 429: no more of them than it takes to judge. */
  addresses: Set<string>;
}

/** A second is counted in parts, so that an answer costs the same however many there are. */
const SLOT_MS = 100;
const SLOTS = 10;

/** Fewer may be the devices of one busy user, each at its own limit. */
const LEAST_ADDRESSES = 5;
/** If FCM still takes nine in ten messages, the project is not at its limit. */
const LEAST_SHARE = 0.1;

/**
 * Tells from answers within a second whether a 429 that does not name its cause is everybody's: FCM gives the same for
 * one device that gets too many (firebase-admin-go, issue 736). Addresses are kept for limited messages only.
 */
export function createOverload() {
  const slots: Slot[] = Array.from({ length: SLOTS }, () => emptySlot(Number.NEGATIVE_INFINITY));

  function slotAt(now: number): Slot {
    const number = Math.floor(now / SLOT_MS);
    const place = ((number % SLOTS) + SLOTS) % SLOTS;
    const found = slots[place];
    if (found?.number === number) return found;
    const fresh = emptySlot(number);
    slots[place] = fresh;
    return fresh;
  }

  function judge(newest: number): Overload | null {
    const recent = slots.filter(({ number }) => number > newest - SLOTS);
    const limited = recent.reduce((sum, slot) => sum + slot.limited, 0);
    const answers = recent.reduce((sum, slot) => sum + slot.answers, 0);
    if (limited < answers * LEAST_SHARE) return null;
    const addresses = new Set(recent.flatMap((slot) => [...slot.addresses]));
    if (addresses.size < LEAST_ADDRESSES) return null;
    return { afterMs: Math.max(...recent.map(({ afterMs }) => afterMs)), limited, answers };
  }

  return {
    /** An answer that was not limited. */
    note(now: number): void {
      slotAt(now).answers += 1;
    },
    /** An answer that was; tells whether with those before it they are everybody's. */
    noteLimited(address: string, afterMs: number, now: number): Overload | null {
      const slot = slotAt(now);
      slot.answers += 1;
      slot.limited += 1;
      slot.afterMs = Math.max(slot.afterMs, afterMs);
      if (slot.addresses.size < LEAST_ADDRESSES) slot.addresses.add(address);
      return judge(slot.number);
    },
  };
}

function emptySlot(number: number): Slot {
  return { number, answers: 0, limited: 0, afterMs: 0, addresses: new Set() };
}
