import { ConfigError, RetryableError, TerminalError } from "@fanfare/shared/errors";
import { GoogleAuth, type GoogleAuthOptions } from "google-auth-library";
import type { Credential } from "./transport.ts";

export interface GoogleCredentialOptions {
  /** Default: the one scope that sending needs. */
  scopes?: string[];
  /** Spares the library a search for it. */
  project?: string;
  /** How the library reaches Google, behind a proxy for example. */
  clientOptions?: NonNullable<GoogleAuthOptions["clientOptions"]>;
}

/**
 * Access tokens from Application Default Credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, else
 * gcloud's own, else the metadata server of Google Cloud. The library caches a token and renews it 5 minutes before
 * it expires.
 *
 * Both functions throw RetryableError("CREDENTIAL_UNAVAILABLE") when Google could not be reached or failed,
 * TerminalError("CREDENTIAL_REFUSED") when it does not accept the credential, and ConfigError when there is none.
 */
export function createGoogleCredential(options: GoogleCredentialOptions = {}): Credential {
  const { scopes = ["https://www.googleapis.com/auth/firebase.messaging"], project, clientOptions } = options;
  const authOptions = {
    scopes,
    ...(project !== undefined && { projectId: project }),
    ...(clientOptions !== undefined && { clientOptions }),
  };
  let fetchHeader = createSource(authOptions);
  let renewing: Promise<void> | undefined;

  async function replace(): Promise<void> {
    fetchHeader = createSource(authOptions);
    await fetchHeader();
  }

  return {
    authorization: () => fetchHeader(),
    renew() {
      renewing ??= replace().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
  };
}

/** One token's life. The library offers no way to drop a token that has time left, so a renewal drops the library. */
function createSource(options: GoogleAuthOptions): () => Promise<string> {
  const auth = new GoogleAuth(options);
  let fetching: Promise<string> | undefined;
  return () => {
    fetching ??= readHeader(auth).finally(() => {
      fetching = undefined;
    });
    return fetching;
  };
}

async function readHeader(auth: GoogleAuth): Promise<string> {
  try {
    const token = await auth.getAccessToken();
    if (typeof token !== "string") throw new Error("Google's answer has no access token.");
    return `Bearer ${token}`;
  } catch (cause) {
    throw translate(cause);
  }
}

function translate(cause: unknown): Error {
  const { message, status } = cause as { message: string; status?: unknown };
  if (message.startsWith("Could not load the default credentials"))
    return new ConfigError("There is no Google credential: set GOOGLE_APPLICATION_CREDENTIALS.", { cause });
  if (message.startsWith("Unable to read the credential file")) return new ConfigError(message, { cause });
  const refused =
    typeof status === "number" && status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (refused)
    return new TerminalError("CREDENTIAL_REFUSED", `Google refuses the credential: ${message}`, { cause });
  return new RetryableError("CREDENTIAL_UNAVAILABLE", `No access token from Google: ${message}`, { cause });
}
