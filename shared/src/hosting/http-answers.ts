import type { ServerResponse } from "node:http";

/** How a request can fail: its HTTP status, Google's name for that, and the words of the answer. */
export const FAILURES = {
  invalid: { code: 400, status: "INVALID_ARGUMENT", message: "Bad Request" },
  unauthenticated: { code: 401, status: "UNAUTHENTICATED", message: "Unauthenticated" },
  forbidden: { code: 403, status: "PERMISSION_DENIED", message: "Forbidden" },
  notFound: { code: 404, status: "NOT_FOUND", message: "Not Found" },
  wrongMethod: { code: 405, status: "INVALID_ARGUMENT", message: "Method Not Allowed" },
  tooSlow: { code: 408, status: "DEADLINE_EXCEEDED", message: "Request Timeout" },
  tooLarge: { code: 413, status: "INVALID_ARGUMENT", message: "Content Too Large" },
  wrongType: { code: 415, status: "INVALID_ARGUMENT", message: "Unsupported Media Type" },
  tooMany: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Too Many Requests" },
  headTooLarge: { code: 431, status: "INVALID_ARGUMENT", message: "Request Header Fields Too Large" },
  internal: { code: 500, status: "INTERNAL", message: "INTERNAL" },
  unavailable: { code: 503, status: "UNAVAILABLE", message: "Unavailable: try again" },
} as const;

export type Failure = keyof typeof FAILURES;

/** The JSON of a failure, in the form that Firebase's clients and Google's APIs share. It quotes nothing. */
export function failureBody(failure: Failure) {
  const { status, message } = FAILURES[failure];
  return { error: { status, message } };
}

/** The failure with an HTTP status; undefined for a status that is not a failure. */
function failureOf(code: number): Failure | undefined {
  return (Object.keys(FAILURES) as Failure[]).find((name) => FAILURES[name].code === code);
}

export interface FunctionAnswer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON. A failure without one is told by its status. */
  body?: unknown;
}

/** Writes all of an answer; the response is still to be ended. */
export function writeAnswer(
  response: ServerResponse,
  { status, headers = {}, body }: FunctionAnswer,
): ServerResponse {
  const failure = failureOf(status);
  const told = body === undefined && failure ? failureBody(failure) : body;
  if (told === undefined) return response.writeHead(status, headers);
  const text = Buffer.from(JSON.stringify(told));
  const json = { "content-type": "application/json; charset=utf-8", "content-length": String(text.length) };
  response.writeHead(status, { ...json, ...headers }).write(text);
  return response;
}
