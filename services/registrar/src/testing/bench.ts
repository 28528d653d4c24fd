import { createLog } from "@fanfare/shared/hosting/log";
import type { PushAuth } from "@fanfare/shared/hosting/push-auth";
import type { Registrations } from "@fanfare/shared/registrations";
import { makeIdToken, startGoogleAccounts } from "@fanfare/shared/testing/google-accounts";
import { serveFunction } from "@fanfare/shared/testing/serve-function";
import { createFirebaseIdTokens } from "../firebase-admin.ts";
import { createRegistrar } from "../service.ts";

export const PROJECT = "demo-project";

/** What Google's services would prove; the tests of pushes look at that. */
const pushAuth: PushAuth = { mode: "off", check: () => undefined };

/** The registrar's functions over real HTTP, with a stand-in for Google's certificates. */
export async function startBench(registrations: Registrations, now?: () => number) {
  const google = await startGoogleAccounts();
  const idTokens = createFirebaseIdTokens({ projectId: PROJECT, httpAgent: google.httpAgent });
  const lines: string[] = [];
  const log = createLog("registrar", "warn", { write: (line) => void lines.push(line) });
  const parts = { registrations, idTokens, pushAuth, log, project: PROJECT, usersCollection: "users" };
  const registrar = createRegistrar({ ...parts, ...(now && { now }) });
  const { addFcmToken, removeFcmToken, userDeleted } = registrar.functions;
  const served = {
    addFcmToken: await serveFunction("addFcmToken", addFcmToken, log),
    removeFcmToken: await serveFunction("removeFcmToken", removeFcmToken, log),
    userDeleted: await serveFunction("userDeleted", userDeleted, log),
  };

  const fetchFrom = (name: keyof typeof served, init: RequestInit) => fetch(served[name].url, init);

  /** Calls as an app does; `uid` null for somebody who is not signed in. */
  async function call(name: keyof typeof served, uid: string | null, data: unknown) {
    const token = uid === null ? {} : { authorization: `Bearer ${makeIdToken(PROJECT, uid)}` };
    const headers = { "content-type": "application/json", ...token };
    const response = await fetchFrom(name, { method: "POST", headers, body: JSON.stringify({ data }) });
    return { status: response.status, body: (await response.json()) as unknown };
  }

  return {
    google,
    registrar,
    /** What was logged. */
    lines,
    fetch: fetchFrom,
    call,
    async close() {
      for (const one of Object.values(served)) one.close();
      await google.close();
    },
  };
}

export type Bench = Awaited<ReturnType<typeof startBench>>;
