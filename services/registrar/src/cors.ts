import type { IncomingHttpHeaders } from "node:http";

/**
 * What lets a web page call: any page may, as for Firebase's own callables, since a call is authorized by its token and
 * by no cookie.
 */
export function corsOf({ origin }: IncomingHttpHeaders): Record<string, string> {
  return { "access-control-allow-origin": origin ?? "*", vary: "Origin" };
}

/** The answer to a browser that asks whether it may call. */
export function preflightOf(headers: IncomingHttpHeaders): Record<string, string> {
  const asked = headers["access-control-request-headers"];
  return {
    ...corsOf(headers),
    "access-control-allow-methods": "POST",
    ...(asked !== undefined && { "access-control-allow-headers": asked }),
    vary: "Origin, Access-Control-Request-Headers",
  };
}
