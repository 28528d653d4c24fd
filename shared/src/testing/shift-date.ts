const RealDate = Date;

/** The wall clock of this process, as far as it is read by `Date`. Disposing of it restores the real time. */
export interface ShiftedDate extends Disposable {
  /** Moves the clock from where it is. */
  step(ms: number): void;
}

/**
 * Sets this process's wall clock to another time, as a person or a time server would, and lets it go on from there.
 * Timers and `performance.now()` stay as they are.
 * @param ms how far ahead of the real time; negative for behind. A second call does not add to the first.
 */
export function shiftDate(ms: number): ShiftedDate {
  let ahead = ms;
  const now = () => RealDate.now() + ahead;
  // A proxy, so that a date made before, or by Node itself, still is an instance of `Date`.
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, own) => Reflect.construct(target, args.length === 0 ? [now()] : args, own),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
  return {
    step(more) {
      ahead += more;
    },
    [Symbol.dispose]: restoreDate,
  };
}

export function restoreDate(): void {
  globalThis.Date = RealDate;
}
