import type { Retirement } from "./connection.ts";
import { openFanfareSession } from "./fanfare/session.ts";
import { openNodeSession } from "./node/session.ts";
import type { DriverName, Http2Settings } from "./options.ts";
import type { OpenSession } from "./session.ts";

const DRIVERS: Record<DriverName, OpenSession> = { fanfare: openFanfareSession, node: openNodeSession };

/**
 * Fewer, and a server that restarts in the wrong moment would cost this process its faster driver for good. More, and a
 * broadcast would wait longer for nothing, as each connection that fails waits twice as long as the one before.
 */
const FAULTS_IN_A_ROW = 3;

/** Which driver opens the next connection. */
export interface Drivers {
  open: OpenSession;
  /** A message was answered: the driver in use and the server understand each other. */
  answered(): void;
  /** A connection takes no more. True if the driver changes with that, which it does at most once. */
  retired(how: Retirement): boolean;
}

/**
 * With `auto` ours, until three connections in a row ended by a protocol error before an answer came. What says nothing
 * about the protocol (a refused connection, TLS, a time-out, a plain close) neither counts nor begins a new row.
 */
export function createDrivers(setting: Http2Settings["driver"]): Drivers {
  let name = setting === "auto" ? "fanfare" : setting;
  let row = 0;
  return {
    open: (events) => DRIVERS[name](events),
    answered() {
      row = 0;
    },
    retired({ fault, answered }) {
      if (setting !== "auto" || name === "node" || !fault || answered) return false;
      row += 1;
      if (row < FAULTS_IN_A_ROW) return false;
      name = "node";
      return true;
    },
  };
}
