import { GoogleAuth, OAuth2Client, type OAuth2ClientOptions } from "google-auth-library";
import { RetryableError } from "../errors.ts";
import { GrpcError, STATUS } from "./grpc.ts";

/**
 * The headers that tell Google who is asking, from Application Default Credentials. The library keeps a token and
 * fetches the next before it expires.
 * @throws GrpcError UNAUTHENTICATED where there are no credentials or Google refuses them, else UNAVAILABLE
 */
export function googleHeaders(scope: string): () => Promise<Record<string, string>> {
  const auth = new GoogleAuth({ scopes: [scope] });
  return async () => {
    try {
      return Object.fromEntries(await auth.getRequestHeaders());
    } catch (error) {
      const code = isLasting(error) ? STATUS.UNAUTHENTICATED : STATUS.UNAVAILABLE;
      throw new GrpcError(code, "no access token from Google", error);
    }
  };
}

function isLasting(error: unknown): boolean {
  const { message = "", status } = (error ?? {}) as { message?: string; status?: unknown };
  const isRefusal =
    typeof status === "number" && status >= 400 && status < 500 && status !== 408 && status !== 429;
  return isRefusal || message.startsWith("Could not load the default credentials");
}

/** A token may be good for this long, in seconds: Google's are for an hour. */
const LONGEST_TOKEN_S = 86_400;
/** A fetch of the certificates that is not answered is given up after this time, in milliseconds. */
const FETCH_MS = 10_000;
/** After a fetch that failed the next waits this long, in milliseconds: a flood of tokens must not become one of fetches. */
const PAUSE_MS = 5_000;

type Certificates = Awaited<ReturnType<OAuth2Client["getFederatedSignonCertsAsync"]>>["certs"];

/**
 * Tells whether Google has signed a token (JWT), by its public certificates: they are kept for as long as their answer
 * allows, and fetched once however many wait for them.
 * @param options the way to the certificates, through a proxy for example
 * @param now milliseconds of a clock that only goes forward
 * @throws RetryableError CERTIFICATES_UNREACHABLE
 */
export function googleSignatures(
  options: OAuth2ClientOptions = {},
  now: () => number = () => performance.now(),
): (token: string) => Promise<boolean> {
  const client = new OAuth2Client({
    ...options,
    transporterOptions: { timeout: FETCH_MS, ...options.transporterOptions },
  });
  let fetching: Promise<Certificates> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  async function fetchCertificates(): Promise<Certificates> {
    if (now() - failedAt < PAUSE_MS) throw unreachable();
    try {
      return (await client.getFederatedSignonCertsAsync()).certs;
    } catch (cause) {
      failedAt = now();
      throw unreachable(cause);
    }
  }

  return async (token) => {
    fetching ??= fetchCertificates().finally(() => {
      fetching = undefined;
    });
    const certificates = await fetching;
    try {
      await client.verifySignedJwtWithCertsAsync(token, certificates, undefined, undefined, LONGEST_TOKEN_S);
      return true;
    } catch {
      return false;
    }
  };
}

function unreachable(cause?: unknown): RetryableError {
  return new RetryableError("CERTIFICATES_UNREACHABLE", "Google's certificates cannot be fetched", { cause });
}
