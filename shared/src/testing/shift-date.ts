/** The wall clock of this process, as far as it is read by `Date`. */
export interface ShiftedDate {
  /** Sets the clock this far ahead of the machine's; negative is behind. */
  set(offsetMs: number): void;
  /** Moves the clock from where it is. */
  step(ms: number): void;
  /** The machine's own time again. */
  restore(): void;
}

/** Lets `Date.now()` and `new Date()` tell the machine's time with an offset, which may change at any moment. */
export function shiftDate(offsetMs = 0): ShiftedDate {
  const Real = globalThis.Date;
  let offset = offsetMs;
  const now = () => Real.now() + offset;
  globalThis.Date = new Proxy(Real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new Real(now()).toString(),
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
  return {
    set(ms) {
      offset = ms;
    },
    step(ms) {
      offset += ms;
    },
    restore() {
      globalThis.Date = Real;
    },
  };
}
