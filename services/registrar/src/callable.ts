import { RetryableError } from "@fanfare/shared/errors";
import { describeFailure } from "@fanfare/shared/hosting/describe-failure";
import {
  FAILURES,
  type Failure,
  type FunctionAnswer,
  failureBody,
} from "@fanfare/shared/hosting/http-answers";
import type { FunctionRequest } from "@fanfare/shared/hosting/http-functions";
import type { Log } from "@fanfare/shared/hosting/log";
import { seldomOf } from "@fanfare/shared/hosting/seldom";
import { corsOf, preflightOf } from "./cors.ts";
import type { IdTokens } from "./id-tokens.ts";

export interface UserCall {
  /** Who calls; null for somebody who is not signed in. */
  uid: string | null;
  data: unknown;
}

export interface CallableDeps {
  idTokens: IdTokens;
  log: Log;
  /** Counts one more call of a user's, and gives whether it is within what a user may ask for. */
  mayCall(uid: string): boolean;
}

/**
 * Speaks the protocol of Firebase's callable functions (firebase.google.com/docs/functions/callable-reference): `data`
 * comes as JSON beside an ID token, and `result` goes back.
 */
export function createCallable(
  deps: CallableDeps,
  call: (call: UserCall) => Promise<string>,
): (request: FunctionRequest) => Promise<FunctionAnswer> {
  return async (request) => {
    if (request.method === "OPTIONS") return { status: 204, headers: preflightOf(request.headers) };
    const headers = corsOf(request.headers);
    if (request.method !== "POST") return { status: 405, headers: { ...headers, allow: "POST, OPTIONS" } };
    try {
      const uid = await callerOf(deps.idTokens, request.headers.authorization);
      if (uid === undefined) return fail("unauthenticated", headers);
      const body = bodyOf(request);
      if (body === undefined) return fail("invalid", headers);
      if (uid !== null && !deps.mayCall(uid)) {
        seldomOf(deps.log)("warn", "calls of one user", "a user asked too often");
        return fail("tooMany", headers);
      }
      return { status: 200, headers, body: { result: await call({ uid, data: body.data }) } };
    } catch (error) {
      const passes = error instanceof RetryableError;
      deps.log[passes ? "warn" : "error"]({ error: describeFailure(error) }, "call failed");
      return fail(passes ? "unavailable" : "internal", headers);
    }
  };
}

/** The answer of a process that is to end. */
export const refuseCall = ({ headers }: FunctionRequest) => fail("unavailable", corsOf(headers));

/** A failure as a callable's clients read it, those on web pages too. To them what is not a call is an invalid one. */
export function failCall(failure: Failure, { headers }: Pick<FunctionRequest, "headers">): FunctionAnswer {
  return fail(failure === "wrongType" ? "invalid" : failure, corsOf(headers));
}

function fail(failure: Failure, headers: Record<string, string>): FunctionAnswer {
  return { status: FAILURES[failure].code, headers, body: failureBody(failure) };
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

/** JSON with `data`, of any type, and nothing beside it. */
function bodyOf({ body }: FunctionRequest): { data: unknown } | undefined {
  if (typeof body !== "object" || body === null || Object.keys(body).join() !== "data") return undefined;
  return body as { data: unknown };
}
