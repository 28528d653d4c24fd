import type { Pusher } from "../bus/pushing.ts";

/** What Google says of a caller in an OIDC token. (cloud.google.com/pubsub/docs/authenticate-push-subscriptions) */
export interface PushClaims {
  issuer: unknown;
  audience: unknown;
  email: unknown;
  emailVerified: unknown;
  /** Seconds since 1970. */
  expires: unknown;
}

export interface PushToken {
  claims: PushClaims;
  /** Whether Google has verified the signature and put its mark in the signature's place. */
  isStripped: boolean;
}

/** The mark by which Cloud Run replaces the signature of a token that it has checked. */
const STRIPPED = "SIGNATURE_REMOVED_BY_GOOGLE";
const ISSUERS: readonly unknown[] = ["https://accounts.google.com", "accounts.google.com"];
/** How far two clocks may differ, in seconds. */
const SKEW_S = 60;

/** Reads a token without believing it; undefined where it is not one. */
export function readPushToken(authorization: string | undefined): PushToken | undefined {
  const [, payload, signature] = /^Bearer [\w-]+\.([\w-]+)\.([\w-]+)$/i.exec(authorization ?? "") ?? [];
  if (payload === undefined) return undefined;
  try {
    const { iss, aud, email, email_verified, exp } = JSON.parse(Buffer.from(payload, "base64url").toString());
    const claims = { issuer: iss, audience: aud, email, emailVerified: email_verified, expires: exp };
    return { claims, isStripped: signature === STRIPPED };
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with a token wherever it goes: undefined for one that Google issued, of an account whose address is
 * verified, and that has not expired.
 * @param now milliseconds since 1970
 */
export function claimsFault(claims: PushClaims, now: number): string | undefined {
  const { issuer, emailVerified, expires } = claims;
  if (!ISSUERS.includes(issuer)) return "issuer of the token";
  if (typeof expires !== "number" || expires + SKEW_S <= now / 1_000) return "expired token";
  return emailVerified === true ? undefined : "account of the token is not verified";
}

export function isFor({ audience, email }: PushClaims, pushers: readonly Pusher[]): boolean {
  return pushers.some((pusher) => pusher.audience === audience && pusher.account === email);
}
