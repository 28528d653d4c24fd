const RealDate = Date;

/** The wall clock of this process, as far as it is read by `Date`. Disposing of it restores the real time. */
export interface ShiftedDate extends Disposable {
  /** Moves the clock from where it is. */
  step(ms: number): void;
}

/**
 * Sets this process's wall clock to another time, as a person or a time server would, and lets it go on from there:
 * `Date.now`, and dates without an argument. Timers, `performance` and `process.hrtime` stay as they are. What has kept
 * `Date.now` before goes on with the old one.
 * @param offset how far ahead of the real time, in ms; negative for behind. A function is asked at every look. A second
 * call does not add to the first.
 */
export function shiftDate(offset: number | (() => number)): ShiftedDate {
  let stepped = 0;
  const ahead = typeof offset === "number" ? () => offset : offset;
  const now = () => RealDate.now() + ahead() + stepped;
  // A proxy, so that a date made before, or by Node itself, still is an instance of `Date`.
  replaceDate(
    new Proxy(RealDate, {
      apply: () => new RealDate(now()).toString(),
      construct: (target, args, own) => Reflect.construct(target, args.length === 0 ? [now()] : args, own),
      get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
    }),
  );
  return {
    step(ms) {
      stepped += ms;
    },
    [Symbol.dispose]: restoreDate,
  };
}

export function restoreDate(): void {
  replaceDate(RealDate);
}

function replaceDate(date: DateConstructor): void {
  RealDate.prototype.constructor = date;
  globalThis.Date = date;
}
