/** How an installation is: when its clock last ticked, and which messages could not be handled. */
export interface Health {
  /**
   * Notes that a tick has gone through, unless one was noted less than {@link NOTED_EVERY_MS} ago: the clock of one
   * machine ticks every second.
   */
  noteTick(): Promise<void>;

  /** When a tick was last noted, in ms since 1970 by the store's clock; null where none ever was. */
  lastTick(): Promise<number | null>;

  /** Notes a dead letter. A second call with the same message changes nothing. */
  noteDeadLetter(letter: Letter): Promise<void>;

  /** The dead letters of the last weeks, the latest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
}

/** A message that could not be handled. Never holds a device's address. */
export interface Letter {
  messageId: string;
  /** Whose message it was. */
  subscription: string;
  reason: string;
  /** The broadcast, range or chunk that it was about, where it named one. */
  about?: string | undefined;
}

export interface DeadLetter extends Letter {
  /** When it was noted, in ms since 1970 by the store's clock. */
  at: number;
}

export const NOTED_EVERY_MS = 10_000;

/** Whether a tick noted at `at` is young enough to stand for one at `now`. A clock that was set back makes none young. */
export function isFresh(at: number, now: number): boolean {
  return at <= now && now - at < NOTED_EVERY_MS;
}
