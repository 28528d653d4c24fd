import type { Send } from "./client.ts";
import { MESSAGE, PROJECT } from "./contender.ts";
import { requireContender } from "./require-contender.ts";
import { readToken } from "./token.ts";

type Client = new (
  options: object,
) => {
  sendMulticast(message: object, tokens: readonly string[]): Promise<string[]>;
};

/** fcm-v1-http2, with its own defaults: up to 10 connections of 100 streams. */
export async function open(): Promise<Send> {
  const Client = requireContender("fcm-v1-http2") as Client;
  const { google } = requireContender("googleapis") as {
    google: { auth: { JWT: { prototype: { authorize: unknown } } } };
  };
  // It asks Google for a token at every call, and can be told neither a host nor a token.
  const token = await readToken();
  google.auth.JWT.prototype.authorize = (done: (error: null, tokens: object) => void) =>
    done(null, { access_token: token });
  const client = new Client({ serviceAccount: { project_id: PROJECT } });
  return async (addresses) => {
    const dead = (await client.sendMulticast(MESSAGE, addresses)).length;
    return { accepted: addresses.length - dead, dead };
  };
}
