import { randomUUID } from "node:crypto";
import { RetryableError } from "@fanfare/shared/errors";
import { type AppOptions, initializeApp } from "firebase-admin/app";
import { getAuth } from "firebase-admin/auth";
import type { IdTokens } from "./id-tokens.ts";

/** `httpAgent` is the way to Google's certificates, through a proxy for example. */
export type FirebaseIdTokenOptions = Required<Pick<AppOptions, "projectId">> & Pick<AppOptions, "httpAgent">;

/**
 * ID tokens are verified by Google's certificates, which the Admin SDK fetches and keeps for as long as they may be
 * kept. It takes no credential: the app has the default one, which is asked for nothing, as its project is given.
 * Where FIREBASE_AUTH_EMULATOR_HOST is set the SDK takes the emulator's tokens, which nobody has signed.
 */
export function createFirebaseIdTokens(options: FirebaseIdTokenOptions): IdTokens {
  const auth = getAuth(initializeApp(options, `fanfare-${randomUUID()}`));
  return {
    async verify(token) {
      try {
        return (await auth.verifyIdToken(token)).uid;
      } catch (cause) {
        if (isAboutToken(cause)) return null;
        throw new RetryableError("ID_TOKENS_UNVERIFIABLE", "No certificates or users from Google", { cause });
      }
    },
  };
}

/**
 * What the SDK says of a token. It has one code for a bad token and for certificates that it could not fetch, and only
 * the words differ: those on tokens are its own, all others come from a server or a socket.
 */
const ABOUT_TOKEN = /^(Firebase ID token |Decoding Firebase ID token |verifyIdToken\(\) expects )/;

const ABOUT_TOKEN_CODES: ReadonlySet<unknown> = new Set([
  "auth/id-token-expired",
  "auth/id-token-revoked",
  "auth/user-disabled",
  "auth/user-not-found",
]);

function isAboutToken(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message: string };
  // Without a code it is a parser's that stumbled over the token.
  return code === undefined || ABOUT_TOKEN_CODES.has(code) || ABOUT_TOKEN.test(message);
}
