import {
  type GoogleAccounts,
  makeIdToken,
  startGoogleAccounts,
} from "@fanfare/shared/testing/google-accounts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createFirebaseIdTokens } from "./firebase-admin.ts";
import type { IdTokens } from "./id-tokens.ts";

const PROJECT = "demo-project";
const HOUR_S = 3_600;
const NOW_S = Math.floor(Date.now() / 1000);

let google: GoogleAccounts;
let idTokens: IdTokens;
beforeEach(async () => {
  // What this machine is signed in as stays out.
  for (const name of ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GOOGLE_CLOUD_PROJECT"])
    vi.stubEnv(name, "");
  google = await startGoogleAccounts();
  idTokens = createFirebaseIdTokens({ projectId: PROJECT, httpAgent: google.httpAgent });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await google.close();
});

test("a user's token tells who they are, by certificates that are fetched once, without any credential", async () => {
  expect(await idTokens.verify(makeIdToken(PROJECT, "ada"))).toBe("ada");
  expect(await idTokens.verify(makeIdToken(PROJECT, "bob"))).toBe("bob");
  expect(google.requests).toBe(1);
});

const good = makeIdToken(PROJECT, "ada");
const [head, payload, signature] = good.split(".") as [string, string, string];
const encode = (text: string) => Buffer.from(text).toString("base64url");

describe("a token is none", () => {
  test.each<[string, string]>([
    ["that has expired", makeIdToken(PROJECT, "ada", { iat: NOW_S - 2 * HOUR_S, exp: NOW_S - HOUR_S })],
    ["for another project", makeIdToken(PROJECT, "ada", { aud: "another" })],
    ["from another issuer", makeIdToken(PROJECT, "ada", { iss: "https://accounts.google.com" })],
    ["of another project", makeIdToken("another", "ada")],
    ["by an unknown key", makeIdToken(PROJECT, "ada", {}, { kid: "kid-2" })],
    ["by a key without a name", makeIdToken(PROJECT, "ada", {}, { kid: undefined })],
    ["by another algorithm", makeIdToken(PROJECT, "ada", {}, { alg: "HS256" })],
    ["without a signature", `${encode('{"alg":"none","kid":"kid-1"}')}.${payload}.`],
    ["with another's signature", `${head}.${makeIdToken(PROJECT, "bob").split(".")[1]}.${signature}`],
    ["without a user", makeIdToken(PROJECT, "ada", { sub: undefined })],
    ["with an empty user", makeIdToken(PROJECT, "")],
    ["not valid yet", makeIdToken(PROJECT, "ada", { nbf: NOW_S + HOUR_S })],
    ["that is a word", "word"],
    ["of three words", "one.two.three"],
    ["whose claims are no JSON", `${head}.${encode("{")}.${signature}`],
    ["whose claims are null", `${head}.${encode("null")}.${signature}`],
    ["whose claims are a text", `${head}.${encode('"text"')}.${signature}`],
  ])("%s", async (_, token) => {
    expect(await idTokens.verify(token)).toBeNull();
  });
});

describe("it may pass that certificates cannot be had", () => {
  const unverifiable = { name: "RetryableError", code: "ID_TOKENS_UNVERIFIABLE" };

  test.each<[string, number, string]>([
    ["an error", 500, '{"error":"backend","error_description":"Firebase ID token trouble"}'],
    ["an error page", 502, "<html>Firebase ID token </html>"],
    ["a refusal", 403, ""],
    ["nonsense", 200, "certificates"],
  ])("%s", async (_, status, body) => {
    const { reply } = google;
    google.reply = () => [status, body];
    await expect(idTokens.verify(good)).rejects.toMatchObject(unverifiable);
    await expect(idTokens.verify(makeIdToken(PROJECT, "ada", {}, { kid: "" }))).rejects.toMatchObject(
      unverifiable,
    );
    google.reply = reply;
    expect(await idTokens.verify(good)).toBe("ada");
  });

  test("nobody at the door", async () => {
    await google.close();
    await expect(idTokens.verify(good)).rejects.toMatchObject(unverifiable);
    google = await startGoogleAccounts();
  });

  test("what is no token at all is told without them", async () => {
    google.reply = () => [500, ""];
    expect(await idTokens.verify(makeIdToken("another", "ada"))).toBeNull();
  });
});
