/** The body of an error. */
export const NOT_FOUND = '{"error":{"code":404}}';

/** Answers as they come out of a session. */
export const OK = { kind: "response", status: 200, body: "" };
export const response = (status: number, body = "", retryAfter?: string) => ({
  kind: "response",
  status,
  body,
  retryAfter,
});
