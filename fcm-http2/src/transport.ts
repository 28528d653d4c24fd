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
   *
   * A message may wait for a connection. It is written before `notAfter` or not at all, and is then answered as not
   * processed, also where only the last of its body had to wait: without its end FCM cannot take it.
   */
  start(index: number, body: string, notAfter: NotAfter, onAnswer: OnAnswer): void;
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

/**
 * The time from which a message may not be written any more, in milliseconds of `elapsed()`. Asked at the moment of
 * writing, never kept: a lease that is renewed moves it on, and one that is lost moves it to the past.
 */
export type NotAfter = () => number;

export type OnAnswer = (index: number, answer: Answer) => void;

/** Where the access token comes from. */
export interface Credential {
  /** The header's value, `Bearer …`, or null where none is sent (the simulator). Cached; renewed before it expires. */
  authorization(): Promise<string | null>;
  /** Drops the cached token and fetches another, which whoever asks from now on gets. */
  renew(): Promise<void>;
}
