/** What makes ticks come. */
export interface Clock {
  /** Makes sure that ticks come. @throws TerminalError or RetryableError where it cannot be sure of that. */
  ensure(): Promise<void>;
}

/** A clock that needs no care: a timer in this process, or one that somebody else vouches for. */
export const certainClock: Clock = { ensure: async () => {} };
