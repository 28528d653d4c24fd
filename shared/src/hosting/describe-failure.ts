import { ConfigError, InvalidInput, RetryableError, TerminalError } from "../errors.ts";

/**
 * A failure for the log: what it is, where it arose, what caused it. Words that are not ours may quote an address, and
 * so may ours on bad input, which are for its sender: of these only kind and place are told.
 */
export function describeFailure(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { cause } = error;
  return { ...describeOne(error), ...(cause !== undefined && { cause: describeFailure(cause) }) };
}

function describeOne(error: Error): Record<string, unknown> {
  const { name } = error;
  if (error instanceof InvalidInput) return { name, code: error.code, problems: error.problems.length };
  if (error instanceof RetryableError || error instanceof TerminalError)
    return { name, code: error.code, message: error.message };
  if (error instanceof ConfigError) return { name, message: error.message };
  const places = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const { code } = error as { code?: unknown };
  return { name, ...(typeof code === "number" && { code }), stack: places.join("\n") };
}
