import { elapsed } from "@fanfare/shared/hosting/elapsed";

export interface PulseOptions {
  /** Silence after which the peer is pinged, in ms. */
  everyMs: number;
  /** How long it may take to answer, in ms. */
  patienceMs: number;
  ping: () => void;
  onAnswered: () => void;
  onDead: () => void;
}

/**
 * Notices a peer that is gone without a word, such as one behind a firewall that forgot the connection. Its timers
 * never keep the process alive.
 */
export interface Pulse {
  start(): void;
  heard(): void;
  /** The peer has answered a ping. */
  pong(): void;
  /** Pings at once. Until the peer answers, it is not trusted. */
  doubt(): void;
  /**
   * False while the peer may be gone: in doubt, or after a silence that should have been broken by a ping. Such a
   * silence means that this process stood still, as an idle function or a sleeping machine does; its connections may
   * be long dead, and whatever was written to them would have to count as possibly sent.
   * @param now the time, by `elapsed()`: every connection is asked for every message
   */
  trusted(now: number): boolean;
  stop(): void;
}

export function createPulse(options: PulseOptions): Pulse {
  let heardAt = elapsed();
  let doubtful = false;
  let stopped = false;
  let next: NodeJS.Timeout | undefined;
  let patience: NodeJS.Timeout | undefined;

  function listen(inMs: number): void {
    next = setTimeout(onSilence, inMs).unref();
  }

  function onSilence(): void {
    const left = heardAt + options.everyMs - elapsed();
    if (left > 0) listen(Math.ceil(left));
    else ping();
  }

  function ping(): void {
    if (stopped || patience !== undefined) return;
    clearTimeout(next);
    patience = setTimeout(options.onDead, options.patienceMs).unref();
    options.ping();
  }

  function doubt(): void {
    doubtful = true;
    ping();
  }

  function pong(): void {
    // Nobody asked: it would begin to listen once more each time.
    if (stopped || patience === undefined) return;
    clearTimeout(patience);
    patience = undefined;
    doubtful = false;
    heardAt = elapsed();
    listen(options.everyMs);
    options.onAnswered();
  }

  return {
    start() {
      heardAt = elapsed();
      listen(options.everyMs);
    },
    heard() {
      heardAt = elapsed();
    },
    pong,
    doubt,
    trusted(now) {
      if (now - heardAt > options.everyMs + options.patienceMs) doubt();
      return !doubtful;
    },
    stop() {
      stopped = true;
      clearTimeout(next);
      clearTimeout(patience);
    },
  };
}
