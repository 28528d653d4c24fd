import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { expect, test } from "vitest";
import { config } from "./config.ts";

const SETTINGS = { FANFARE_PROJECT: "demo-project" };
const FIREBASE_AUTH_EMULATOR_HOST = "127.0.0.1:9099";

test.each([
  {},
  { FIREBASE_AUTH_EMULATOR_HOST: "" },
  { FIRESTORE_EMULATOR_HOST: "127.0.0.1:8080" },
  { FIREBASE_AUTH_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST: "127.0.0.1:8080" },
])("starts with %j", (emulators) => {
  expect(readEnvironment(config, { ...SETTINGS, ...emulators }).FANFARE_USERS_COLLECTION).toBe("users");
});

test.each([{ FIREBASE_AUTH_EMULATOR_HOST }, { FIREBASE_AUTH_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST: "" }])(
  "takes nobody's word for who calls on a real database: %j",
  (emulators) => {
    expect(() => readEnvironment(config, { ...SETTINGS, ...emulators })).toThrow(
      /^FIREBASE_AUTH_EMULATOR_HOST: /,
    );
  },
);
