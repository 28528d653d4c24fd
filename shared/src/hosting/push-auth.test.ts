import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Pusher } from "../bus/pushing.ts";
import { googleSignatures } from "../google/auth.ts";
import {
  type GoogleAccounts,
  makePushToken,
  PUSH_ACCOUNT,
  startGoogleAccounts,
  stripSignature,
} from "../testing/google-accounts.ts";
import { createPushAuth, type PushMode, pushModeOf, requirePushSettings } from "./push-auth.ts";
import type { PushSettings } from "./push-settings.ts";

const URL_OF_SUBMIT = "https://submit.example.run.app";
const SETTINGS: PushSettings = {
  FANFARE_PUSH_ACCOUNT: [PUSH_ACCOUNT],
  FANFARE_PUSH_AUDIENCE: [URL_OF_SUBMIT],
};

let google: GoogleAccounts;
/** What Pub/Sub says, and how often it was asked. */
let readPushers: () => Promise<readonly Pusher[]>;
let asked: number;
let now: () => number;
let monotonic: number;
beforeEach(async () => {
  google = await startGoogleAccounts();
  readPushers = async () => [];
  asked = 0;
  now = Date.now;
  monotonic = 0;
});
afterEach(() => google.close());

function authOf(settings: Partial<PushSettings> = {}) {
  return createPushAuth({
    settings: { ...SETTINGS, ...settings },
    verifySignature: googleSignatures({ transporterOptions: { agent: google.httpAgent } }, () => monotonic),
    readPushers: () => {
      asked += 1;
      return readPushers();
    },
    now: () => now(),
  });
}

const headersOf = (headers: IncomingMessage["headers"]) => ({ headers }) as IncomingMessage;
const bearer = (token: string) => headersOf({ authorization: `Bearer ${token}` });
const UNAUTHENTICATED = { failure: "unauthenticated" };

const good = makePushToken(URL_OF_SUBMIT);
const [head = "", payload = "", signature = ""] = good.split(".");
const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
const hour = 3_600;
const seconds = () => Math.floor(Date.now() / 1_000);

describe.each<PushMode>(["verify", "iam"])("where pushes are believed by their token (%s)", (mode) => {
  const auth = () => authOf({ FANFARE_PUSH_AUTH: mode as "verify" | "iam" });

  test("one that Google has signed is let in", async () => {
    expect(await auth().check(bearer(good))).toBeUndefined();
    expect(await auth().check(headersOf({ authorization: `bearer ${good}` }))).toBeUndefined();
  });

  test("one whose signature Google took away is let in only where Cloud Run has checked it", async () => {
    const refusal = await auth().check(bearer(stripSignature(good)));
    if (mode === "iam") expect(refusal).toBeUndefined();
    else expect(refusal).toMatchObject(UNAUTHENTICATED);
  });

  test.each<[string, IncomingMessage]>([
    ["without a token", headersOf({})],
    ["with an empty one", headersOf({ authorization: "Bearer " })],
    ["with another kind of authorization", headersOf({ authorization: "Basic YTpi" })],
    ["with a word", bearer("word")],
    ["with two parts", bearer(`${head}.${payload}`)],
    ["with a payload that is not JSON", bearer(`${head}.aGVsbG8.${signature}`)],
    ["signed by another", bearer(`${head}.${payload}.${signature.replace(/^.{9}/, "AAAAAAAAA")}`)],
    ["with a signature of another's token", bearer(`${head}.${payload}.${makePushToken("a").split(".")[2]}`)],
    ["that says it needs no signature", bearer(`${unsigned}.${payload}.A`)],
    ["of a key that Google does not have", bearer(makePushToken(URL_OF_SUBMIT, {}, { kid: "other" }))],
    ["with a mark like Google's", bearer(`${head}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE2`)],
    ["with the mark in small letters", bearer(`${head}.${payload}.signature_removed_by_google`)],
  ])("a request %s is refused", async (_, request) => {
    expect(await auth().check(request)).toMatchObject(UNAUTHENTICATED);
  });

  describe.each([
    ["signed", (token: string) => token],
    ...(mode === "iam" ? [["stripped", stripSignature] as const] : []),
  ] as const)("%s", (_, form) => {
    test.each<[string, Record<string, unknown>]>([
      ["another issuer", { iss: "https://securetoken.google.com/demo-project" }],
      ["no issuer", { iss: undefined }],
      ["another audience", { aud: "https://send.example.run.app" }],
      ["an audience that begins alike", { aud: `${URL_OF_SUBMIT}/` }],
      ["a list of audiences", { aud: [URL_OF_SUBMIT] }],
      ["no audience", { aud: undefined }],
      ["another account", { email: "mallory@other.iam.gserviceaccount.com" }],
      ["no account", { email: undefined }],
      ["an account that is not verified", { email_verified: false }],
      ["an account whose verification is a text", { email_verified: "true" }],
      ["an end in the past", { iat: seconds() - 2 * hour, exp: seconds() - hour }],
      ["no end", { exp: undefined }],
      ["an end that is a text", { exp: String(seconds() + hour) }],
    ])("a token with %s is refused", async (_, claims) => {
      const token = form(makePushToken(URL_OF_SUBMIT, claims));
      expect(await auth().check(bearer(token))).toMatchObject(UNAUTHENTICATED);
    });
  });
});

describe("Google's certificates", () => {
  test("are fetched once, for all tokens", async () => {
    const { check } = authOf();
    await Promise.all([1, 2, 3].map(() => check(bearer(good))));
    await check(bearer(good));
    expect(google.requests).toBe(1);
  });

  test("that cannot be had are no proof of anything: it is to come again, and they are not asked for by each", async () => {
    const answered = google.reply;
    google.reply = () => [500, ""];
    const { check } = authOf();
    expect(await check(bearer(good))).toMatchObject({ failure: "unavailable" });
    const requests = google.requests;
    expect(await check(bearer(good))).toMatchObject({ failure: "unavailable" });
    expect(google.requests).toBe(requests);
    monotonic += 10_000;
    google.reply = answered;
    expect(await check(bearer(good))).toBeUndefined();
    expect(await check(headersOf({}))).toMatchObject(UNAUTHENTICATED);
  });

  test("are not needed where Cloud Run has checked the token", async () => {
    google.reply = () => [500, ""];
    const { check } = authOf({ FANFARE_PUSH_AUTH: "iam" });
    expect(await check(bearer(stripSignature(good)))).toBeUndefined();
  });
});

describe("an audience or account that is not what is set", () => {
  const other = makePushToken("https://renamed.example.run.app");

  test("is right where the subscription has it by now: a setting may be out of date", async () => {
    readPushers = async () => [{ account: PUSH_ACCOUNT, audience: "https://renamed.example.run.app" }];
    const { check } = authOf();
    expect(await check(bearer(other))).toBeUndefined();
    expect(await check(bearer(other))).toBeUndefined();
    expect(asked).toBe(1);
    expect(await check(bearer(makePushToken("https://third.example.run.app")))).toMatchObject(
      UNAUTHENTICATED,
    );
  });

  test("is neither right nor wrong while Pub/Sub cannot be asked, which is tried again", async () => {
    readPushers = () => Promise.reject(new Error("PERMISSION_DENIED"));
    const { check } = authOf();
    expect(await check(bearer(other))).toMatchObject({ failure: "unavailable" });
    expect(await check(bearer(other))).toMatchObject({ failure: "unavailable" });
    expect(asked).toBe(1);
    readPushers = async () => [];
    now = () => Date.now() + 61_000;
    expect(await check(bearer(other))).toMatchObject(UNAUTHENTICATED);
    expect(asked).toBe(2);
  });

  test("of a token that Google has not signed is not worth a question", async () => {
    await authOf().check(bearer(`${other.slice(0, other.lastIndexOf("."))}.AAAA`));
    expect(asked).toBe(0);
  });
});

describe("with Pub/Sub's emulator, which sends no token", () => {
  const emulated = { PUBSUB_EMULATOR_HOST: "127.0.0.1:8085" };

  test.each(["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost"])(
    "requests to this machine are let in: %s",
    (host) => {
      expect(authOf(emulated).check(headersOf({ host }))).toBeUndefined();
    },
  );

  test.each<[string, IncomingMessage["headers"]]>([
    ["of a web page", { host: "localhost:8080", origin: "https://evil.example.com" }],
    ["of a page that does not say which", { host: "localhost:8080", origin: "null" }],
    ["of a page by a link or form", { host: "localhost:8080", "sec-fetch-site": "cross-site" }],
    ["by a name that was made to lead here", { host: "evil.example.com:8080" }],
    ["by a name that begins like this machine's", { host: "127.0.0.1.evil.example.com" }],
    ["without a host", {}],
  ])("a request %s is refused", (_, headers) => {
    expect(authOf(emulated).check(headersOf(headers))).toMatchObject({ failure: "forbidden" });
  });

  test("tokens are verified all the same where that is asked for", async () => {
    const { check, mode } = authOf({ ...emulated, FANFARE_PUSH_AUTH: "verify" });
    expect(mode).toBe("verify");
    expect(await check(headersOf({ host: "localhost" }))).toMatchObject(UNAUTHENTICATED);
  });
});

test.each<[Partial<PushSettings>, PushMode]>([
  [{}, "verify"],
  [{ PUBSUB_EMULATOR_HOST: "" }, "verify"],
  [{ PUBSUB_EMULATOR_HOST: "127.0.0.1:8085" }, "off"],
  [{ PUBSUB_EMULATOR_HOST: "127.0.0.1:8085", FANFARE_PUSH_AUTH: "iam" }, "iam"],
])("%j means %s", (settings, mode) => {
  expect(pushModeOf({ ...SETTINGS, ...settings })).toBe(mode);
});

test("who pushes, and to which audience, must be set where that is looked at", () => {
  const none = { FANFARE_PUSH_ACCOUNT: [], FANFARE_PUSH_AUDIENCE: [] };
  expect(() => requirePushSettings(none)).toThrow(/^FANFARE_PUSH_ACCOUNT: .*\nFANFARE_PUSH_AUDIENCE: /);
  expect(() => requirePushSettings({ ...SETTINGS, FANFARE_PUSH_AUDIENCE: [] })).toThrow(
    /^FANFARE_PUSH_AUDIENCE/,
  );
  requirePushSettings(SETTINGS);
  requirePushSettings({ ...none, PUBSUB_EMULATOR_HOST: "127.0.0.1:8085" });
});
