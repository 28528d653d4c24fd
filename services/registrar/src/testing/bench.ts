import type { Registrations } from "@fanfare/shared/registrations";
import { createLog } from "@fanfare/shared/runtime/log";
import { serveFunction } from "@fanfare/shared/testing/serve-function";
import { createFirebaseIdTokens } from "../firebase-admin.ts";
import { createRegistrar } from "../service.ts";
import { makeIdToken, startGoogleAccounts } from "./google-accounts.ts";

export const PROJECT = "demo-project";

/** The registrar's functions over real HTTP, with a stand-in for Google's certificates. */
export async function startBench(registrations: Registrations) {
  const google = await startGoogleAccounts();
  const idTokens = createFirebaseIdTokens({ projectId: PROJECT, httpAgent: google.httpAgent });
  const lines: string[] = [];
  const log = createLog("registrar", "warn", { write: (line) => void lines.push(line) });
  const parts = { registrations, idTokens, log, project: PROJECT, usersCollection: "users" };
  const registrar = createRegistrar(parts);
  const served = {
    addFcmToken: await serveFunction("addFcmToken", registrar.addFcmToken),
    removeFcmToken: await serveFunction("removeFcmToken", registrar.removeFcmToken),
    userDeleted: await serveFunction("userDeleted", registrar.userDeleted),
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
