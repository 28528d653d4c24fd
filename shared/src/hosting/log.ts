import { AsyncLocalStorage } from "node:async_hooks";
import pino from "pino";
import type { CommonSettings } from "./settings.ts";

/** One line of JSON an event, on standard error. `severity` is the name Cloud Logging reads it by. No addresses. */
export type Log = pino.Logger;

const SEVERITIES: Record<string, string> = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

const context = new AsyncLocalStorage<Record<string, string>>();

/** Runs some work; every line logged on its way, however deep, carries these fields and those around them. */
export function withLogContext<T>(fields: Record<string, string>, work: () => T): T {
  return context.run({ ...context.getStore(), ...fields }, work);
}

/**
 * @param level the least severe that is written; "silent" for nothing at all
 * @param output takes each line; by default standard error
 */
export function createLog(
  service: string,
  level: CommonSettings["FANFARE_LOG_LEVEL"] | "silent",
  output: pino.DestinationStream = pino.destination({ fd: 2, sync: true }),
): Log {
  const options = {
    level,
    base: { service },
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    // A copy: pino adds a line's own fields to what it gets.
    mixin: () => ({ ...context.getStore() }),
    formatters: { level: (label: string) => ({ severity: SEVERITIES[label] ?? label }) },
  };
  return pino(options, output);
}

/** The service whose log it is. */
export function serviceOf(log: Log): string {
  return String(log.bindings().service);
}
