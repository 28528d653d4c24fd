const RealDate = Date;
let offsetMs: () => number = () => 0;
let replaced = false;

/**
 * Lets this process's wall clock be wrong by an offset, which is asked for at every look: `Date.now`, and dates of no
 * argument. What measures elapsed time (`performance`, `process.hrtime`, timers) is as true as ever. Called before
 * anything else keeps `Date.now`.
 */
export function replaceDate(offset: () => number): void {
  offsetMs = offset;
  if (replaced) return;
  replaced = true;
  const now = () => RealDate.now() + offsetMs();
  const shifted = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
  });
  RealDate.prototype.constructor = shifted;
  globalThis.Date = shifted;
}
