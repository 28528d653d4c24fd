import { ConfigError, RetryableError, TerminalError } from "@fanfare/shared/errors";

/** A failure for the log. Words that are not ours may quote an address, so that of others only the place is told. */
export function describeFailure(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  if (error instanceof RetryableError || error instanceof TerminalError)
    return { name: error.name, code: error.code, message: error.message };
  if (error instanceof ConfigError) return { name: error.name, message: error.message };
  const places = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { name: error.name, stack: places.join("\n") };
}
