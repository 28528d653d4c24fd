import { RetryableError } from "@fanfare/shared/errors";
import type { FunctionAnswer, FunctionRequest } from "@fanfare/shared/runtime/http-functions";
import type { Log } from "@fanfare/shared/runtime/log";
import { corsOf, preflightOf } from "./cors.ts";
import { describeFailure } from "./describe-failure.ts";
import type { IdTokens } from "./id-tokens.ts";

/** The failures of a callable that clients tell apart, with the HTTP status and the words of each. */
const FAILURES = {
  INVALID_ARGUMENT: [400, "Bad Request"],
  UNAUTHENTICATED: [401, "Unauthenticated"],
  INTERNAL: [500, "INTERNAL"],
  UNAVAILABLE: [503, "Unavailable: try again"],
} as const;

export interface Call {
  /** Who calls; null for somebody who is not signed in. */
  uid: string | null;
  data: unknown;
}

export interface CallableDeps {
  idTokens: IdTokens;
  log: Log;
}

/**
 * Speaks the protocol of Firebase's callable functions (firebase.google.com/docs/functions/callable-reference): `data`
 * comes as JSON beside an ID token, and `result` goes back.
 */
export function createCallable(
  deps: CallableDeps,
  call: (call: Call) => Promise<string>,
): (request: FunctionRequest) => Promise<FunctionAnswer> {
  return async (request) => {
    if (request.method === "OPTIONS") return { status: 204, headers: preflightOf(request.headers) };
    const headers = corsOf(request.headers);
    if (request.method !== "POST") return { status: 405, headers: { ...headers, allow: "POST, OPTIONS" } };
    try {
      const uid = await callerOf(deps.idTokens, request.headers.authorization);
      if (uid === undefined) return fail("UNAUTHENTICATED", headers);
      const body = bodyOf(request);
      if (body === undefined) return fail("INVALID_ARGUMENT", headers);
      return { status: 200, headers, body: { result: await call({ uid, data: body.data }) } };
    } catch (error) {
      const passes = error instanceof RetryableError;
      deps.log[passes ? "warn" : "error"]({ error: describeFailure(error) }, "call failed");
      return fail(passes ? "UNAVAILABLE" : "INTERNAL", headers);
    }
  };
}

/** The answer of a process that is to end. */
export const refuseCall = ({ headers }: FunctionRequest) => fail("UNAVAILABLE", corsOf(headers));

function fail(status: keyof typeof FAILURES, headers: Record<string, string>): FunctionAnswer {
  const [code, message] = FAILURES[status];
  return { status: code, headers, body: { error: { status, message } } };
}

/** Who calls: null without a token, undefined with a bad one. */
async function callerOf(
  idTokens: IdTokens,
  authorization: string | undefined,
): Promise<string | null | undefined> {
  if (!authorization) return null;
  const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
  return token === undefined ? undefined : ((await idTokens.verify(token)) ?? undefined);
}

/** JSON with `data`, of whatever type, and nothing beside it. */
function bodyOf({ headers, body }: FunctionRequest): { data: unknown } | undefined {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") return undefined;
  if (typeof body !== "object" || body === null || Object.keys(body).join() !== "data") return undefined;
  return body as { data: unknown };
}
