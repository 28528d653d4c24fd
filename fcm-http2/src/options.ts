import { LEASE, mostWaitMs } from "@fanfare/shared/domain/lease";
import { ConfigError } from "@fanfare/shared/errors";
import type { HeaderFields } from "./call.ts";
import type { Credential } from "./transport.ts";

/** What speaks HTTP/2: our own framing, or Node's, which is the fallback. */
export type DriverName = "fanfare" | "node";

export interface Http2Options {
  /** `https://fcm.googleapis.com`, or `http://127.0.0.1:PORT` of a simulator that speaks HTTP/2 without TLS. */
  endpoint: string;
  /** The Firebase project's id. */
  project: string;
  credential: Credential;
  /** Default `auto`: ours, and Node's once ours and the server do not understand each other. See `drivers.ts`. */
  driver?: DriverName | "auto";
  /**
   * Messages a second that there are to be connections for, default 10,000. With the delay of FCM's answers this gives
   * how many are opened: more would send no faster, only in smaller pieces.
   */
  perSecond?: number;
  /** Default 40, whatever the delay. Connections that only finish what they have begun are not counted. */
  maxConnections?: number;
  /** Default 100. The server's SETTINGS may lower it, at any time. */
  streamsPerConnection?: number;
  /** From the request to its answer; default 15,000. FCM asks for 10,000 at least, and gets it. */
  timeoutMs?: number;
  /** How long a started message may wait for the access token and a connection; default 8,000. See `mostWaitMs`. */
  waitMs?: number;
  /** A connection on which nothing was heard for so long is pinged; default 30,000. */
  keepAliveMs?: number;
  /** How long a ping may go without an answer before the connection is given up; default 10,000. */
  pingTimeoutMs?: number;
  /** Certificates to trust instead of the system's, PEM. */
  ca?: string;
  onEvent?: (event: TransportEvent) => void;
}

/** What is worth a line in the log. `cause` is a short code such as `ECONNREFUSED`; no event carries an address. */
export type TransportEvent =
  | { kind: "connected" }
  | { kind: "connect-failed"; cause: string }
  | { kind: "connection-draining"; cause: string }
  | { kind: "connection-lost"; cause: string }
  | { kind: "credential-failed"; cause: string }
  /** From now on Node's driver is used: three connections of ours in a row ended by a protocol error. */
  | { kind: "fallback"; cause: string };

export interface Http2Settings extends Required<Omit<Http2Options, "ca" | "endpoint">> {
  origin: URL;
  ca: string | undefined;
}

/** Fills in the defaults. Throws ConfigError for an endpoint or a number that cannot work. */
export function readOptions(options: Http2Options): Http2Settings {
  const settings: Http2Settings = {
    driver: "auto",
    perSecond: 10_000,
    maxConnections: 40,
    streamsPerConnection: 100,
    timeoutMs: 15_000,
    waitMs: mostWaitMs(LEASE),
    keepAliveMs: 30_000,
    pingTimeoutMs: 10_000,
    ca: undefined,
    onEvent: () => {},
    ...options,
    origin: readOrigin(options.endpoint),
  };
  for (const name of COUNTS) {
    if (!Number.isInteger(settings[name]) || settings[name] < 1)
      throw new ConfigError(`The sender's ${name} must be a whole number from 1, not ${settings[name]}.`);
  }
  // FCM may answer as late as that; a shorter time-out would send again what was taken.
  if (settings.origin.hostname === "fcm.googleapis.com" && settings.timeoutMs < 10_000)
    throw new ConfigError(`FCM asks for a time-out of 10,000 ms or more, not ${settings.timeoutMs}.`);
  return settings;
}

const COUNTS = [
  "perSecond",
  "maxConnections",
  "streamsPerConnection",
  "timeoutMs",
  "waitMs",
  "keepAliveMs",
  "pingTimeoutMs",
] as const;

function readOrigin(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    throw new ConfigError(`FCM's endpoint must be an http:// or https:// address, not "${endpoint}".`);
  return url;
}

/** Leaves room for the other fields in the one frame that holds them. Google's tokens have at most 2,048 characters. */
const AUTHORIZATION = /^[ -~]{1,15000}$/;

/**
 * The request's header fields, built once for each access token: FCM gets thousands of them a second. What it returns
 * throws ConfigError for a token that no header field can hold, as a server would end the connection over it.
 */
export function createFields({ origin, project }: Http2Settings) {
  const base: HeaderFields = [
    [":method", "POST"],
    [":scheme", origin.protocol.slice(0, -1)],
    [":authority", origin.host],
    [":path", `/v1/projects/${encodeURIComponent(project)}/messages:send`],
    ["content-type", "application/json"],
  ];
  let last: string | null = null;
  let fields: HeaderFields = base;
  return function fieldsFor(authorization: string | null): HeaderFields {
    if (authorization !== last) {
      if (authorization !== null && !AUTHORIZATION.test(authorization))
        throw new ConfigError(
          "The access token is too long for a header field, or holds what none may hold.",
        );
      last = authorization;
      fields = authorization === null ? base : [...base, ["authorization", authorization]];
    }
    return fields;
  };
}
