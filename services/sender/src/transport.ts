import type { Answer } from "@fanfare/shared/domain/answers";

/**
 * The way out to FCM, as narrow as it can be, so that another can take its place: take a slot, start a message by
 * index, get its answer by index, close.
 */
export interface Transport {
  /** Resolves when one more message may be in flight, and holds that place for the caller. First come, first served. */
  slot(): Promise<void>;
  /**
   * Sends one body in the slot the caller holds. `onAnswer` is called exactly once with the same index, whatever
   * happens to the connection; by then the slot is free again. Never throws and never tries a message twice.
   */
  start(index: number, body: string, onAnswer: OnAnswer): void;
  /** Gives a slot back unused. */
  unused(): void;
  /**
   * Waits for what is in flight, by default up to the transport's time-out, then closes every connection; what was
   * not answered by then is answered as cut off. From now on slots are given at once, and what is started in one is
   * answered as not processed: whoever waits for a slot learns that way that it is over. A second call waits for the
   * same end.
   */
  close(patienceMs?: number): Promise<void>;
}

export type OnAnswer = (index: number, answer: Answer) => void;

/** Where the access token comes from. */
export interface Credential {
  /** The header's value, `Bearer …`, or null where none is sent (the simulator). Cached; renewed before it expires. */
  authorization(): Promise<string | null>;
  /** Drops the cached token and fetches another, which whoever asks from now on gets. */
  renew(): Promise<void>;
}
