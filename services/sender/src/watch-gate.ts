/** Tells within about a second that a chunk in hand is not to be sent any more. */
export interface GateWatch {
  /** Aborted once it is so. */
  readonly closed: AbortSignal;
  /** Begins anew, where the gate was found open again. */
  reopen(): void;
  end(): void;
}

const LOOK_EVERY_MS = 1_000;

/**
 * Looks by a timer, since a round may wait long for its turn in the quota, and a chunk for its retries.
 * @param isOpen whether sending may go on; where that cannot be told, nothing changes
 */
export function watchGate(isOpen: () => Promise<boolean>): GateWatch {
  let closing = new AbortController();
  const timer = setInterval(() => {
    isOpen().then(
      (open) => open || closing.abort(),
      () => undefined,
    );
  }, LOOK_EVERY_MS);
  return {
    get closed() {
      return closing.signal;
    },
    reopen() {
      if (closing.signal.aborted) closing = new AbortController();
    },
    end: () => clearInterval(timer),
  };
}
