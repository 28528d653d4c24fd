import pLimit from "p-limit";
import type { Send } from "./client.ts";
import { MESSAGE, PROJECT } from "./contender.ts";
import { requireContender } from "./require-contender.ts";
import { readToken } from "./token.ts";

interface GoogleApis {
  auth: { OAuth2: new () => { setCredentials(credentials: object): void } };
  fcm(options: object): {
    projects: { messages: { send(request: object): Promise<unknown> } };
  };
}

/** Requests under way at once: as many as one connection takes, which is all that this library opens. */
const AT_ONCE = 100;

/** Google's generated client, told to speak HTTP/2. */
export async function open(): Promise<Send> {
  const google = requireContender("@googleapis/fcm") as GoogleApis;
  const auth = new google.auth.OAuth2();
  auth.setCredentials({ access_token: await readToken(), expiry_date: Date.now() + 3_600_000 });
  const { messages } = google.fcm({ version: "v1", auth, http2: true }).projects;
  const limit = pLimit(AT_ONCE);

  async function isAccepted(token: string): Promise<boolean> {
    try {
      const requestBody = { message: { ...MESSAGE, token } };
      await messages.send({ parent: `projects/${PROJECT}`, requestBody });
      return true;
    } catch (error) {
      if ((error as { response?: { status?: number } }).response?.status === 404) return false;
      throw error;
    }
  }

  return async (addresses) => {
    const accepted = await Promise.all(addresses.map((address) => limit(() => isAccepted(address))));
    const count = accepted.filter(Boolean).length;
    return { accepted: count, dead: addresses.length - count };
  };
}
