const RealDate = Date;

/**
 * Sets this process's wall clock to another time, as a person or a time server would, and lets it go on from there.
 * Timers and `performance.now()` stay as they are. Undone by `restoreDate`, or by disposing of what it returns.
 * @param ms how far ahead of the real time; negative for behind. A second call does not add to the first.
 */
export function shiftDate(ms: number): Disposable {
  const now = () => RealDate.now() + ms;
  // A proxy, so that a date made before, or by Node itself, still is an instance of `Date`.
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, own) => Reflect.construct(target, args.length === 0 ? [now()] : args, own),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
  return { [Symbol.dispose]: restoreDate };
}

export function restoreDate(): void {
  globalThis.Date = RealDate;
}
