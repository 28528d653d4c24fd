import { sign } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer as createProxy, type Server } from "node:http";
import { Agent, createServer } from "node:https";
import { type AddressInfo, connect as connectTo, type Socket } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { createCertificate } from "./certificate.ts";
import { createFolder } from "./folder.ts";

/** Where the Admin SDK looks for the certificates of those who sign ID tokens. */
const HOST = "www.googleapis.com";
const KID = "kid-1";

/** Made once: it takes a while. */
const signer = createCertificate("securetoken.system.gserviceaccount.com");
const site = createCertificate(HOST);

/** Stands in for Google: signs tokens, and serves over TLS the certificates by which they are verified. */
export interface GoogleAccounts {
  /** How Google's libraries come here: they know one host, so that the connection is turned round. */
  httpAgent: Agent;
  /** How those of another process come here, by its environment: the variables of a proxy, and of whom to trust. */
  environment: Record<string, string>;
  /** How often the certificates were asked for. */
  requests: number;
  /** The status and body that are answered; a test may change it. */
  reply: () => [status: number, body: string];
  close(): Promise<void>;
}

/** A proxy that leads every connection to one port, wherever it asks to go. */
async function startProxy(port: number): Promise<Server> {
  const proxy = createProxy();
  proxy.on("connect", (_request, socket: Socket) => {
    const to = connectTo(port, "127.0.0.1");
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    to.on("error", () => socket.destroy()).pipe(socket);
    socket.on("error", () => to.destroy()).pipe(to);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return proxy;
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
  const proxy = await startProxy(port);
  const folder = createFolder();
  const trusted = join(folder.path, "google.pem");
  writeFileSync(trusted, site.certificate);
  const turned = { host: "127.0.0.1", port, servername: HOST, ca: site.certificate };
  const google: GoogleAccounts = {
    httpAgent: Object.assign(new Agent(), { createConnection: () => connect(turned) }),
    environment: {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NODE_EXTRA_CA_CERTS: trusted,
    },
    requests: 0,
    reply: () => [200, JSON.stringify({ [KID]: signer.certificate })],
    async close() {
      folder.remove();
      proxy.close();
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
  return signToken(payload, header);
}

export const PUSH_ACCOUNT = "pushes@demo-project.iam.gserviceaccount.com";

/** The token by which Pub/Sub or Eventarc calls a function, good for an hour. */
export function makePushToken(audience: string, claims: Fields = {}, header: Fields = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: "https://accounts.google.com",
    aud: audience,
    azp: "113774264463038321964",
    sub: "113774264463038321964",
    email: PUSH_ACCOUNT,
    email_verified: true,
    iat: now,
    exp: now + 3_600,
    ...claims,
  };
  return signToken(payload, header);
}

/** As Cloud Run hands a token on that it has checked. */
export function stripSignature(token: string): string {
  return `${token.slice(0, token.lastIndexOf("."))}.SIGNATURE_REMOVED_BY_GOOGLE`;
}

function signToken(payload: Fields, header: Fields): string {
  const parts = [{ alg: "RS256", typ: "JWT", kid: KID, ...header }, payload].map(encode).join(".");
  return `${parts}.${sign("sha256", Buffer.from(parts), signer.key).toString("base64url")}`;
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
