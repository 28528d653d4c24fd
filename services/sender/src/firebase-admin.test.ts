import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { Agent } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createFirebaseCredential, type FirebaseCredentialOptions } from "./firebase-admin.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Stands in for Google's token endpoint. `reply` may be changed by a test. */
let google: {
  server: Server;
  origin: string;
  requests: string[];
  reply: (count: number) => [number, object];
};
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fanfare-"));
  // What this machine is signed in as stays out, and nobody is asked for the project.
  for (const name of ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG"]) vi.stubEnv(name, "");
  vi.stubEnv("HOME", folder);
  vi.stubEnv("GOOGLE_CLOUD_PROJECT", "demo");
  vi.stubEnv("METADATA_SERVER_DETECTION", "none");
  const requests: string[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    requests.push(`${request.url} ${await text(request)}`);
    const [status, body] = google.reply(requests.length);
    response.writeHead(status, { "content-type": "application/json", "metadata-flavor": "Google" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const reply = (count: number): [number, object] => [
    200,
    { access_token: `token-${count}`, expires_in: 3_600, token_type: "Bearer" },
  ];
  google = { server, origin: `http://127.0.0.1:${port}`, requests, reply };
});

afterEach(async () => {
  vi.unstubAllEnvs();
  google.server.closeAllConnections();
  google.server.close();
  await rm(folder, { recursive: true });
});

/** The SDK knows one address for service accounts, and speaks TLS to it, so the connection is turned round instead. */
function toLocalServer(): FirebaseCredentialOptions {
  const { port } = google.server.address() as AddressInfo;
  return { httpAgent: Object.assign(new Agent(), { createConnection: () => connect(port, "127.0.0.1") }) };
}

async function useServiceAccount(): Promise<void> {
  const file = join(folder, "account.json");
  const account = {
    type: "service_account",
    project_id: "demo",
    private_key_id: "1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "sender@demo.iam.gserviceaccount.com",
    client_id: "1",
    token_uri: `${google.origin}/token`,
  };
  await writeFile(file, JSON.stringify(account));
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", file);
}

function claimsOf(request: string): Record<string, unknown> {
  const assertion = new URLSearchParams(request.split(" ")[1]).get("assertion") ?? "";
  return JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString());
}

test("a service account's token asks for the scope of sending and is fetched once", async () => {
  await useServiceAccount();
  const credential = createFirebaseCredential(toLocalServer());
  const headers = await Promise.all([credential.authorization(), credential.authorization()]);
  expect([...headers, await credential.authorization()]).toEqual(new Array(3).fill("Bearer token-1"));
  expect(google.requests).toHaveLength(1);
  expect(claimsOf(google.requests[0] ?? "")).toMatchObject({
    iss: "sender@demo.iam.gserviceaccount.com",
    scope: expect.stringContaining("https://www.googleapis.com/auth/firebase.messaging"),
  });
});

test.each([
  { expires_in: 295, fetched: 3 },
  { expires_in: 600, fetched: 1 },
])(
  "a token good for $expires_in s is asked for $fetched times by three in turn",
  async ({ expires_in, fetched }) => {
    await useServiceAccount();
    google.reply = (count) => [200, { access_token: `token-${count}`, expires_in }];
    const credential = createFirebaseCredential(toLocalServer());
    for (let turn = 0; turn < 3; turn++) await credential.authorization();
    expect(google.requests).toHaveLength(fetched);
  },
);

test("two credentials in one process do not share a token", async () => {
  await useServiceAccount();
  const [one, other] = [createFirebaseCredential(toLocalServer()), createFirebaseCredential(toLocalServer())];
  expect(await one.authorization()).toBe("Bearer token-1");
  expect(await other.authorization()).toBe("Bearer token-2");
  await one.renew();
  expect(await other.authorization()).toBe("Bearer token-2");
});

test("those who ask while it is renewed share the new token", async () => {
  await useServiceAccount();
  const credential = createFirebaseCredential(toLocalServer());
  await credential.authorization();
  const renewal = credential.renew();
  const asked = await Promise.all([credential.authorization(), credential.authorization()]);
  expect(asked).toEqual(["Bearer token-2", "Bearer token-2"]);
  await renewal;
  expect(await credential.authorization()).toBe("Bearer token-2");
  expect(google.requests).toHaveLength(2);
});

test("on Google Cloud the token comes from the metadata server", async () => {
  vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
  vi.stubEnv("GCE_METADATA_HOST", google.origin);
  const credential = createFirebaseCredential();
  const headers = await Promise.all([credential.authorization(), credential.authorization()]);
  expect(headers).toEqual(["Bearer token-1", "Bearer token-1"]);
  await credential.renew();
  expect(await credential.authorization()).toBe("Bearer token-2");
  expect(google.requests.at(-1)).toContain("/service-accounts/default/token?scopes=");
});

test("a credential that Google does not accept is a failure for good", async () => {
  await useServiceAccount();
  google.reply = () => [400, { error: "invalid_grant", error_description: "Invalid JWT Signature." }];
  const failed = createFirebaseCredential(toLocalServer()).authorization();
  await expect(failed).rejects.toMatchObject({ name: "TerminalError", code: "CREDENTIAL_REFUSED" });
  const error: Error = await failed.catch((error) => error);
  expect(error.message).toContain("invalid_grant: Invalid JWT Signature.");
});

test("a failure of Google's may pass, and the next question is a new one", async () => {
  await useServiceAccount();
  const { reply } = google;
  google.reply = () => [503, { error: "unavailable" }];
  const credential = createFirebaseCredential(toLocalServer());
  await expect(credential.authorization()).rejects.toMatchObject({
    name: "RetryableError",
    code: "CREDENTIAL_UNAVAILABLE",
  });
  google.reply = reply;
  expect(await credential.authorization()).toMatch(/^Bearer token-/);
});

test("no credential at all is an error of the installation", async () => {
  const none = createFirebaseCredential();
  await expect(none.authorization()).rejects.toMatchObject({
    name: "ConfigError",
    message: expect.stringContaining("GOOGLE_APPLICATION_CREDENTIALS"),
  });
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", join(folder, "missing.json"));
  const missing = createFirebaseCredential();
  await expect(missing.authorization()).rejects.toMatchObject({
    name: "ConfigError",
    message: expect.stringContaining("missing.json"),
  });
});

test("a credential file that is not JSON is named by no word of its own", async () => {
  const file = join(folder, "account.json");
  await writeFile(file, '{"private_key":SECRET}');
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", file);
  const error: Error = await createFirebaseCredential()
    .authorization()
    .catch((error) => error);
  expect(error.name).toBe("ConfigError");
  expect(inspect(error)).not.toMatch(/SECRET|private_key/);
});

test("an answer without a token is no token", async () => {
  await useServiceAccount();
  google.reply = () => [200, {}];
  await expect(createFirebaseCredential(toLocalServer()).authorization()).rejects.toMatchObject({
    name: "RetryableError",
    code: "CREDENTIAL_UNAVAILABLE",
  });
});
