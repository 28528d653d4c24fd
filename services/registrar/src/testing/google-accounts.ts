import { sign } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { createCertificate } from "./certificate.ts";

/** Where the Admin SDK looks for the certificates of those who sign ID tokens. */
const HOST = "www.googleapis.com";
const KID = "kid-1";

/** Made once: it takes a while. */
const signer = createCertificate("securetoken.system.gserviceaccount.com");
const site = createCertificate(HOST);

/** Stands in for Google: signs ID tokens, and serves over TLS the certificates by which they are verified. */
export interface GoogleAccounts {
  /** How the Admin SDK comes here: it knows one host, so that the connection is turned round. */
  httpAgent: Agent;
  /** How often the certificates were asked for. */
  requests: number;
  /** The status and body that are answered; a test may change it. */
  reply: () => [status: number, body: string];
  close(): Promise<void>;
}

export async function startGoogleAccounts(): Promise<GoogleAccounts> {
  const server = createServer({
    key: site.key.export({ type: "pkcs8", format: "pem" }),
    cert: site.certificate,
  });
  server.on("request", (_request, response) => {
    google.requests += 1;
    const [status, body] = google.reply();
    const headers = { "content-type": "application/json", "cache-control": "public, max-age=3600" };
    response.writeHead(status, headers).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const turned = { host: "127.0.0.1", port, servername: HOST, ca: site.certificate };
  const google: GoogleAccounts = {
    httpAgent: Object.assign(new Agent(), { createConnection: () => connect(turned) }),
    requests: 0,
    reply: () => [200, JSON.stringify({ [KID]: signer.certificate })],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return google;
}

type Fields = Record<string, unknown>;

/** A user's ID token, good for an hour. `undefined` leaves a field out. */
export function makeIdToken(project: string, uid: string, claims: Fields = {}, header: Fields = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: `https://securetoken.google.com/${project}`,
    aud: project,
    sub: uid,
    auth_time: now,
    iat: now,
    exp: now + 3_600,
    ...claims,
  };
  const parts = [{ alg: "RS256", typ: "JWT", kid: KID, ...header }, payload].map(encode).join(".");
  return `${parts}.${sign("sha256", Buffer.from(parts), signer.key).toString("base64url")}`;
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
