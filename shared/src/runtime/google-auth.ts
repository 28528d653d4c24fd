import { GoogleAuth } from "google-auth-library";
import { GrpcError, STATUS } from "./grpc.ts";

/**
 * The headers that tell Google who is asking, from Application Default Credentials. The library keeps a token and
 * fetches the next before it expires. @throws GrpcError UNAUTHENTICATED where there are no credentials
 */
export function googleHeaders(scope: string): () => Promise<Record<string, string>> {
  const auth = new GoogleAuth({ scopes: [scope] });
  return async () => {
    try {
      return Object.fromEntries(await auth.getRequestHeaders());
    } catch (error) {
      throw new GrpcError(STATUS.UNAUTHENTICATED, "no access token from Google", error);
    }
  };
}
