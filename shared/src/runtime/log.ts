import pino from "pino";

/** One line of JSON an event, on standard error. `severity` is the name Cloud Logging reads it by. No addresses. */
export type Log = pino.Logger;

const SEVERITIES: Record<string, string> = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

export function createLog(service: string, level: string = process.env.FANFARE_LOG_LEVEL ?? "warn"): Log {
  const options = {
    level,
    base: { service },
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ severity: SEVERITIES[label] ?? label }) },
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}
