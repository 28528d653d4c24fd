/** How an installation is: when its clock last ticked, and which messages could not be handled. */
export interface Health {
  /**
   * Notes that a tick has gone through, unless one was noted less than {@link NOTED_EVERY_MS} ago: the clock of one
   * machine ticks every second.
   */
  noteTick(): Promise<void>;

  /**
   * How long ago a tick was last noted, in ms by the store's own clock, so that no reader asks its own; null where none
   * ever was.
   */
  sinceTick(): Promise<number | null>;

  /** Notes a dead letter. A second call with the same message changes nothing. */
  noteDeadLetter(letter: Letter): Promise<void>;

  /** The dead letters of the last weeks, the latest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;

  /** Notes that a service saw its wall clock step: each call is a step of its own. */
  noteClockStep(step: ClockStep): Promise<void>;

  /** The steps of the last weeks, the latest first. */
  clockSteps(limit: number): Promise<NotedStep[]>;
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

/** A wall clock that went on otherwise than time did. */
export interface ClockStep {
  /** Which service saw it. */
  service: string;
  /** By how much, in ms; forward is positive. */
  stepMs: number;
}

export interface NotedStep extends ClockStep {
  /** When it was noted, in ms since 1970 by the store's clock. */
  at: number;
}

export const NOTED_EVERY_MS = 10_000;

/** Whether a tick of this age is young enough to stand for one now. One in the future tells of a clock that was set back. */
export function isFresh(ageMs: number): boolean {
  return ageMs >= 0 && ageMs < NOTED_EVERY_MS;
}
