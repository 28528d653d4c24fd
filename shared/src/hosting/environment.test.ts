import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { embeddedSettings } from "../sqlite/embedded.ts";
import { readEnvironment } from "./environment.ts";

const schema = z.object({
  FANFARE_NAME: z.string("is missing"),
  FANFARE_PORT: z.coerce.number().int().min(1).default(8080),
  FANFARE_MODE: z.enum(["one", "two"]).optional(),
});

test("settings are read, with their defaults, and nothing else", () => {
  const environment = { FANFARE_NAME: "x", FANFARE_PORT: "90", PATH: "/bin" };
  expect(readEnvironment(schema, environment)).toEqual({ FANFARE_NAME: "x", FANFARE_PORT: 90 });
  expect(readEnvironment(schema, { FANFARE_NAME: "" })).toEqual({ FANFARE_NAME: "", FANFARE_PORT: 8080 });
});

test("every variable at fault is named, and no other", () => {
  const reading = () => readEnvironment(schema, { FANFARE_PORT: "none", FANFARE_MODE: "three" });
  expect(reading).toThrow(ConfigError);
  expect(reading).toThrow(/^FANFARE_NAME: is missing\nFANFARE_PORT: .+\nFANFARE_MODE: .+$/);
  const one = () => readEnvironment(schema, { FANFARE_NAME: "x", FANFARE_PORT: "0" });
  expect(one).toThrow(/^FANFARE_PORT: [^\n]+$/);
});

test("the process's own environment is the one that is read", () => {
  expect(readEnvironment(z.object({ PATH: z.string() }))).toEqual({ PATH: process.env.PATH });
});

test("one machine needs no settings", () => {
  expect(readEnvironment(z.object(embeddedSettings), {})).toEqual({
    FANFARE_DATA: ".fanfare",
    FANFARE_USERS_COLLECTION: "users",
    FANFARE_TOKENS_COLLECTION: "fcm_tokens",
    FANFARE_LEASE_SECONDS: 30,
    FANFARE_NEVER_CLAIMED_SECONDS: 600,
    FANFARE_STUCK_SECONDS: 600,
    FANFARE_LOG_LEVEL: "warn",
  });
});
