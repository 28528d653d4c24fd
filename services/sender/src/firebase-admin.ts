import { randomUUID } from "node:crypto";
import type { Credential } from "@fanfare/fcm-http2/transport";
import { ConfigError, RetryableError, TerminalError } from "@fanfare/shared/errors";
import { type AppOptions, deleteApp, initializeApp, type Credential as Source } from "firebase-admin/app";

/** `httpAgent` is the way to Google's token server, through a proxy for example. */
export type FirebaseCredentialOptions = Pick<AppOptions, "httpAgent">;

/**
 * Access tokens from Application Default Credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, else
 * gcloud's own, else the metadata server of Google Cloud. The Admin SDK fetches one token for all who ask at once,
 * keeps it, and fetches the next 5 minutes before it expires.
 *
 * Both functions throw RetryableError("CREDENTIAL_UNAVAILABLE") when Google could not be reached or failed,
 * TerminalError("CREDENTIAL_REFUSED") when it does not accept the credential, and ConfigError when there is none.
 */
export function createFirebaseCredential(options: FirebaseCredentialOptions = {}): Credential {
  let source = openSource(options);

  return {
    authorization: () => readHeader(source),
    /** The SDK offers no way to drop a token that has time left, so its credential is dropped whole. */
    async renew() {
      source = openSource(options);
      await readHeader(source);
    },
  };
}

/** `applicationDefault()` returns one object as long as the process lives; an app that is given none makes its own. */
function openSource(options: FirebaseCredentialOptions): Source {
  const app = initializeApp(options, `fanfare-${randomUUID()}`);
  const { credential } = app.options;
  void deleteApp(app);
  if (credential === undefined) throw new Error("The Admin SDK made an app without a credential.");
  return credential;
}

async function readHeader(source: Source): Promise<string> {
  try {
    const { access_token } = await source.getAccessToken();
    return `Bearer ${access_token}`;
  } catch (cause) {
    throw translate(cause);
  }
}

function translate(cause: unknown): Error {
  const { name, message, status } = cause as { name: string; message: string; status?: unknown };
  if (message.startsWith("Could not load the default credentials"))
    return new ConfigError("There is no Google credential: set GOOGLE_APPLICATION_CREDENTIALS.", { cause });
  // A parser's words quote the file, which holds a key: they are not passed on.
  if (name === "SyntaxError") return new ConfigError("The Google credential's file is not JSON.");
  if (message.startsWith("Unable to read the credential file")) return new ConfigError(message, { cause });
  const refused =
    typeof status === "number" && status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (refused)
    return new TerminalError("CREDENTIAL_REFUSED", `Google refuses the credential: ${message}`, { cause });
  return new RetryableError("CREDENTIAL_UNAVAILABLE", `No access token from Google: ${message}`, { cause });
}
