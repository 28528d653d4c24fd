import { createSqliteRegistrations } from "@fanfare/shared/registrations/sqlite";
import { createDataFile } from "@fanfare/shared/testing/data-file";
import { makeDocument } from "@fanfare/shared/testing/records";
import { expect, onTestFinished, test } from "vitest";
import { countAudience } from "./count-audience.ts";

test.each([
  ["all", {}, 3],
  ["a platform", { platforms: ["ios" as const] }, 1],
  ["users", { users: ["users/ada", "users/bob", "users/nobody"] }, 2],
  ["users of a platform", { users: ["users/ada", "users/bob"], platforms: ["ios" as const] }, 1],
])("an audience of %s", async (_, audience, count) => {
  const file = createDataFile();
  onTestFinished(file.close);
  const registrations = createSqliteRegistrations(file.database);
  await registrations.put([
    makeDocument("ada", "a", { deviceType: "iOS" }),
    makeDocument("bob", "b"),
    makeDocument("bob", null, { path: "users/bob/fcm_tokens/none", deviceType: "iOS" }),
    makeDocument("eve", "c"),
  ]);
  expect(await countAudience(registrations, audience)).toBe(count);
});
