import type { IncomingMessage } from "node:http";
import type { Pusher } from "../bus/pushing.ts";
import { ConfigError } from "../errors.ts";
import type { RequestRefusal } from "./door.ts";
import { isLoopback } from "./loopback.ts";
import type { PushSettings } from "./push-settings.ts";
import { claimsFault, isFor, type PushToken, readPushToken } from "./push-token.ts";

export interface PushAuthDeps {
  settings: PushSettings;
  /** Whether Google has signed a token. @throws where its certificates cannot be had */
  verifySignature(token: string): Promise<boolean>;
  /** The accounts and audiences of the own subscriptions, as Pub/Sub says. @throws where it cannot be asked */
  readPushers(): Promise<readonly Pusher[]>;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface PushAuth {
  mode: PushMode;
  /** What is wrong with a push, by its head alone; undefined for one that is believed. */
  check(request: IncomingMessage): Promise<RequestRefusal | undefined> | RequestRefusal | undefined;
}

export type PushMode = "verify" | "iam" | "off";

/** How long what Pub/Sub said of its subscriptions is believed, in milliseconds, and how long that it said nothing. */
const PUSHERS_LAST_MS = 60_000;

/**
 * What proves that a push comes from Google: its OIDC token. Where Cloud Run checks the invoker (`iam`) it has verified
 * the signature and taken it away, so that only there a token without one is believed. With Pub/Sub's emulator, which
 * sends no token, nothing is verified ("off"), and only this machine can reach the function.
 */
export function pushModeOf({
  FANFARE_PUSH_AUTH: auth,
  PUBSUB_EMULATOR_HOST: emulator,
}: PushSettings): PushMode {
  return auth ?? (emulator ? "off" : "verify");
}

export function createPushAuth({
  settings,
  verifySignature,
  readPushers,
  now = Date.now,
}: PushAuthDeps): PushAuth {
  const mode = pushModeOf(settings);
  if (mode === "off") return { mode, check: checkLocal };
  const { FANFARE_PUSH_ACCOUNT: accounts, FANFARE_PUSH_AUDIENCE: audiences } = settings;
  const expected = accounts.flatMap((account) => audiences.map((audience) => ({ account, audience })));
  const actual = remember(readPushers, now);

  /** A setting may be out of date, and a push that is refused counts as an attempt: so Pub/Sub itself is asked. */
  async function checkPusher({ claims }: PushToken): Promise<RequestRefusal | undefined> {
    if (isFor(claims, expected)) return undefined;
    const pushers = await actual();
    if (!pushers) return UNCERTAIN;
    return isFor(claims, pushers) ? undefined : refused("token of another account or audience");
  }

  async function check({
    headers: { authorization = "" },
  }: IncomingMessage): Promise<RequestRefusal | undefined> {
    const token = readPushToken(authorization);
    if (!token) return refused("no token");
    const fault = claimsFault(token.claims, now());
    if (fault !== undefined) return refused(fault);
    if (token.isStripped && mode === "verify") return refused(STRIPPED_HERE);
    try {
      const signed = token.isStripped || (await verifySignature(authorization.slice("Bearer ".length)));
      if (!signed) return refused("token is not signed by Google");
    } catch {
      return { failure: "unavailable", reason: "Google's certificates cannot be had" };
    }
    return checkPusher(token);
  }

  return { mode, check };
}

const refused = (reason: string): RequestRefusal => ({ failure: "unauthenticated", reason });

const STRIPPED_HERE =
  "token without its signature: where Cloud Run checks the invoker, and takes it away, set FANFARE_PUSH_AUTH=iam";

const UNCERTAIN: RequestRefusal = {
  failure: "unavailable",
  reason: "token of another account or audience than FANFARE_PUSH_ACCOUNT and FANFARE_PUSH_AUDIENCE say",
};

/** A web page that a developer visits can post to this machine too, and by a name of its own. */
function checkLocal({ headers }: IncomingMessage): RequestRefusal | undefined {
  const { hostname } = URL.parse(`http://${headers.host ?? ""}`) ?? {};
  const isPage = headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
  if (!isPage && isLoopback((hostname ?? "").replace(/^\[|\]$/g, ""))) return undefined;
  return { failure: "forbidden", reason: "request of a web page, or by another name than localhost" };
}

/** @throws ConfigError where tokens are looked at, and it is not set whose they must be */
export function requirePushSettings(settings: PushSettings): void {
  if (pushModeOf(settings) === "off") return;
  const names = ["FANFARE_PUSH_ACCOUNT", "FANFARE_PUSH_AUDIENCE"] as const;
  const missing = names.filter((name) => settings[name].length === 0);
  if (missing.length > 0)
    throw new ConfigError(missing.map((name) => `${name}: must say ${MUST_SAY[name]}`).join("\n"));
}

const MUST_SAY = {
  FANFARE_PUSH_ACCOUNT: "which service account Pub/Sub or Eventarc calls this function as",
  FANFARE_PUSH_AUDIENCE: "the audience of its tokens: this function's URL",
};

/** Asks at most once a minute, however many wait for it. Undefined where there was no answer. */
function remember(ask: PushAuthDeps["readPushers"], now: () => number) {
  let last: { at: number; answer: Promise<readonly Pusher[] | undefined> } | undefined;
  return () => {
    if (!last || Math.abs(now() - last.at) > PUSHERS_LAST_MS)
      last = { at: now(), answer: ask().catch(() => undefined) };
    return last.answer;
  };
}
