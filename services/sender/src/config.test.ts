import { ConfigError } from "@fanfare/shared/errors";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { describe, expect, test } from "vitest";
import { config } from "./config.ts";

type SenderConfig = ReturnType<typeof config.parse>;

const PROJECT = { FANFARE_PROJECT: "demo-project" };
const SIMULATOR = { FANFARE_FCM_ENDPOINT: "http://127.0.0.1:8085" };

const read = (variables: Record<string, string>): SenderConfig =>
  readEnvironment(config, { ...PROJECT, ...variables });

test("only the project has to be set; the rest suits FCM", () => {
  expect(read({})).toEqual({
    FANFARE_PROJECT: "demo-project",
    PORT: 8080,
    FANFARE_DATABASE: "(default)",
    FANFARE_PUSH_ACCOUNT: [],
    FANFARE_PUSH_AUDIENCE: [],
    FANFARE_TOPIC_PREFIX: "",
    FANFARE_COLLECTION_PREFIX: "fanfare_",
    FANFARE_TOKENS_COLLECTION: "fcm_tokens",
    FANFARE_RETENTION_DAYS: 30,
    FANFARE_USERS_COLLECTION: "users",
    FANFARE_LEASE_SECONDS: 30,
    FANFARE_NEVER_CLAIMED_SECONDS: 600,
    FANFARE_STUCK_SECONDS: 600,
    FANFARE_LOG_LEVEL: "warn",
    FANFARE_FCM_ENDPOINT: "https://fcm.googleapis.com",
    FANFARE_FCM_HTTP2: "auto",
    FANFARE_RETRY_SECONDS: 10,
    FANFARE_QUOTA_PER_MINUTE: 600_000,
    FANFARE_QUOTA_SHARE: 1,
    FANFARE_AVOID_QUARTER_HOURS: false,
  });
});

describe("good values", () => {
  const rows: [string, Record<string, string>, Partial<SenderConfig>][] = [
    ["no quota", { FANFARE_QUOTA_PER_MINUTE: "none" }, { FANFARE_QUOTA_PER_MINUTE: null }],
    ["a quota", { FANFARE_QUOTA_PER_MINUTE: "1200" }, { FANFARE_QUOTA_PER_MINUTE: 1_200 }],
    [
      "quick retries of a simulator",
      { ...SIMULATOR, FANFARE_RETRY_SECONDS: "0.05" },
      { FANFARE_RETRY_SECONDS: 0.05 },
    ],
    ["ten seconds toward FCM", { FANFARE_RETRY_SECONDS: "10" }, { FANFARE_RETRY_SECONDS: 10 }],
    ["avoidance", { FANFARE_AVOID_QUARTER_HOURS: "true" }, { FANFARE_AVOID_QUARTER_HOURS: true }],
    ["a driver of HTTP/2", { FANFARE_FCM_HTTP2: "node" }, { FANFARE_FCM_HTTP2: "node" }],
    ["a short lease", { FANFARE_LEASE_SECONDS: "1" }, { FANFARE_LEASE_SECONDS: 1 }],
  ];
  test.each(rows)("%s", (_, variables, expected) => {
    expect(read(variables)).toMatchObject(expected);
  });
});

describe("bad values are refused, naming the variable", () => {
  const rows: [string, Record<string, string>][] = [
    ["FANFARE_FCM_PROJECT", { FANFARE_FCM_PROJECT: "" }],
    ["FANFARE_FCM_ENDPOINT", { FANFARE_FCM_ENDPOINT: "fcm.googleapis.com" }],
    ["FANFARE_FCM_ENDPOINT", { FANFARE_FCM_ENDPOINT: "ftp://fcm.googleapis.com" }],
    ["FANFARE_RETRY_SECONDS", { FANFARE_RETRY_SECONDS: "9.9" }],
    [
      "FANFARE_RETRY_SECONDS",
      { FANFARE_RETRY_SECONDS: "1", FANFARE_FCM_ENDPOINT: "https://fcm.googleapis.com/" },
    ],
    [
      "FANFARE_RETRY_SECONDS",
      { FANFARE_RETRY_SECONDS: "1", FANFARE_FCM_ENDPOINT: "https://FCM.googleapis.com:443" },
    ],
    ["FANFARE_RETRY_SECONDS", { ...SIMULATOR, FANFARE_RETRY_SECONDS: "0" }],
    ["FANFARE_RETRY_SECONDS", { ...SIMULATOR, FANFARE_RETRY_SECONDS: "soon" }],
    ["FANFARE_QUOTA_PER_MINUTE", { FANFARE_QUOTA_PER_MINUTE: "0" }],
    ["FANFARE_QUOTA_PER_MINUTE", { FANFARE_QUOTA_PER_MINUTE: "" }],
    ["FANFARE_QUOTA_PER_MINUTE", { FANFARE_QUOTA_PER_MINUTE: "all" }],
    ["FANFARE_QUOTA_SHARE", { FANFARE_QUOTA_SHARE: "0" }],
    ["FANFARE_QUOTA_SHARE", { FANFARE_QUOTA_SHARE: "1.5" }],
    ["FANFARE_AVOID_QUARTER_HOURS", { FANFARE_AVOID_QUARTER_HOURS: "sometimes" }],
    ["FANFARE_FCM_HTTP2", { FANFARE_FCM_HTTP2: "nghttp2" }],
    ["FANFARE_LEASE_SECONDS", { FANFARE_LEASE_SECONDS: "0.5" }],
    ["FANFARE_PROJECT", { FANFARE_PROJECT: "" }],
    ["FANFARE_PROJECT", { FANFARE_PROJECT: "Not A Project" }],
    ["FANFARE_TOPIC_PREFIX", { FANFARE_TOPIC_PREFIX: "1/" }],
    ["FANFARE_RETENTION_DAYS", { FANFARE_RETENTION_DAYS: "0" }],
  ];
  test.each(rows)("%s of %j", (name, variables) => {
    expect(() => read(variables)).toThrow(ConfigError);
    expect(() => read(variables)).toThrow(new RegExp(`^${name}: `));
  });

  test("all of them at once", () => {
    const variables = { FANFARE_FCM_PROJECT: "", FANFARE_QUOTA_PER_MINUTE: "0", FANFARE_LEASE_SECONDS: "x" };
    for (const name of Object.keys(variables)) expect(() => read(variables)).toThrow(`${name}: `);
  });
});
