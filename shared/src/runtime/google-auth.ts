import { GoogleAuth } from "google-auth-library";
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
