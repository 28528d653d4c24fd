import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { googleHeaders } from "./auth.ts";
import { STATUS } from "./grpc.ts";

const SCOPE = "https://www.googleapis.com/auth/datastore";

/** A metadata server, as a function on Google Cloud asks it for tokens. */
let server: Server;
let asked: string[];
let answer: { status: number; body: string };
beforeEach(async () => {
  asked = [];
  answer = {
    status: 200,
    body: JSON.stringify({ access_token: "secret", expires_in: 3_600, token_type: "Bearer" }),
  };
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const isToken = request.url?.includes("/token");
    response.writeHead(isToken ? answer.status : 200, { "metadata-flavor": "Google" });
    response.end(isToken ? answer.body : "value");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  vi.stubEnv("GCE_METADATA_HOST", `127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", undefined);
  vi.stubEnv("HOME", "/nowhere");
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

test("a token is fetched once, for what is to be done with it", async () => {
  const headers = googleHeaders(SCOPE);
  const all = [await headers(), await headers()];
  expect(all.map(({ authorization }) => authorization)).toEqual(["Bearer secret", "Bearer secret"]);
  const tokens = asked.filter((url) => url.includes("/token"));
  expect(tokens).toHaveLength(1);
  expect(decodeURIComponent(tokens[0] ?? "")).toContain(SCOPE);
});

test.each([
  [403, STATUS.UNAUTHENTICATED],
  [404, STATUS.UNAUTHENTICATED],
  [500, STATUS.UNAVAILABLE],
])("a refusal lasts and a failure may pass: HTTP status %i is gRPC's %i", async (status, code) => {
  answer = { status, body: "no" };
  await expect(googleHeaders(SCOPE)()).rejects.toMatchObject({ code });
});

test("without credentials nobody is asking", async () => {
  vi.stubEnv("METADATA_SERVER_DETECTION", "none");
  await expect(googleHeaders(SCOPE)()).rejects.toMatchObject({ code: STATUS.UNAUTHENTICATED });
});
