import { EMULATOR_HOST } from "@fanfare/shared/testing/emulators";

/** Who calls: by what its request says of it. Null is somebody who has not signed in. */
export type Caller = string | null;

/** Rules do not bind the emulator's owner, as they do not bind a server. */
export const ADMIN: Caller = "Bearer owner";

/** Somebody who is signed in. The emulator takes an ID token that nobody has signed. */
export function signedIn(uid: string, provider: "password" | "anonymous" = "password"): Caller {
  const claims = { sub: uid, user_id: uid, firebase: { sign_in_provider: provider } };
  return `Bearer ${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.`;
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const host = () => `http://${process.env[EMULATOR_HOST.firestore]}`;

/** Puts a project on the emulator under these rules; fails where they cannot be read. */
export async function loadRules(project: string, content: string): Promise<void> {
  const body = JSON.stringify({ rules: { files: [{ name: "firestore.rules", content }] } });
  const answer = await fetch(`${host()}/emulator/v1/projects/${project}:securityRules`, {
    method: "PUT",
    body,
  });
  if (!answer.ok) throw new Error(`The rules were refused: ${await answer.text()}`);
}

export type Verdict = "allowed" | "denied";

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `…/documents`, with its query. */
  path: string;
  body?: object | undefined;
}

/** Sends a request to a project's database. Anything but a success or a denial is an error of the test's. */
export async function request(
  project: string,
  caller: Caller,
  { method, path, body }: Request,
): Promise<Verdict> {
  const answer = await fetch(`${host()}/v1/projects/${project}/databases/(default)/documents${path}`, {
    method,
    headers: { "content-type": "application/json", ...(caller && { authorization: caller }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.ok) return "allowed";
  if (answer.status === 403) return "denied";
  throw new Error(`${method} ${path}: ${answer.status} ${text}`);
}

export type Fields = Record<string, object>;
export const text = (value: string) => ({ stringValue: value });
export const reference = (project: string, path: string) => ({
  referenceValue: `projects/${project}/databases/(default)/documents/${path}`,
});

/** A document as an app writes it. */
export const asAppsWrite = (project: string, sender: string): Fields => ({
  notification_title: text("Hello"),
  notification_text: text("World"),
  user_refs: text("users/bob"),
  initial_page_name: text(""),
  parameter_data: text("{}"),
  sender: reference(project, sender),
  timestamp: { timestampValue: "2027-01-31T18:00:00Z" },
});

export const create = (collection: string, fields: Fields): Request => ({
  method: "POST",
  path: `/${collection}`,
  body: { fields },
});
