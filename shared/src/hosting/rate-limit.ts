export interface RateLimitOptions {
  /** What one key may do within a window. */
  limit: number;
  windowMs: number;
  /** Keys kept in memory at once. Beyond that the oldest window is forgotten. */
  maxKeys: number;
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number;
}

/** Counts what each key does, in windows that begin with its first call. Gives whether one more is within the limit. */
export function createRateLimit(options: RateLimitOptions): (key: string) => boolean {
  const { limit, windowMs, maxKeys, now = () => performance.now() } = options;
  // In the order in which the windows began: the first is the oldest.
  const windows = new Map<string, { since: number; count: number }>();

  function begin(key: string): { since: number; count: number } {
    windows.delete(key);
    const [oldest] = windows.keys();
    if (oldest !== undefined && windows.size >= maxKeys) windows.delete(oldest);
    const window = { since: now(), count: 0 };
    windows.set(key, window);
    return window;
  }

  return (key) => {
    const known = windows.get(key);
    const window = known && now() - known.since < windowMs ? known : begin(key);
    window.count += 1;
    return window.count <= limit;
  };
}
