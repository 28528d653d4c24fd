/**
 * Failures are exceptions, and each answers one question: would trying again help?
 * An error of any other type counts as retryable; the dead-letter policy bounds how often.
 */

/** Trying again cannot help. The message that caused it goes to the dead-letter topic at once. */
export class TerminalError extends Error {
  override readonly name: string = "TerminalError";
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Trying again may help, no sooner than `afterMs` milliseconds from now where that is known. */
export class RetryableError extends Error {
  override readonly name: string = "RetryableError";
  readonly code: string;
  readonly afterMs: number | undefined;
  constructor(code: string, message: string, options?: ErrorOptions & { afterMs?: number }) {
    super(message, options);
    this.code = code;
    this.afterMs = options?.afterMs;
  }
}

/** The installation is set up wrongly: the process says so and does not start. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
}

/** One thing wrong with a piece of input. `field` is its path as the caller wrote it, such as `content.title`. */
export interface Problem {
  field: string;
  message: string;
}

/** Input refused at the door. Every problem found is listed, each with its field. */
export class InvalidInput extends TerminalError {
  override readonly name = "InvalidInput";
  readonly problems: Problem[];
  constructor(problems: Problem[]) {
    super("INVALID_INPUT", problems.map((p) => `${p.field}: ${p.message}`).join("\n"));
    this.problems = problems;
  }
}
