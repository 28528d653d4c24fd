import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { expect, test } from "vitest";
import { z } from "zod";
import { flutterflowRules, flutterflowSettings } from "./settings.ts";

const read = (environment: Record<string, string>, users = "users") =>
  flutterflowRules(readEnvironment(z.object(flutterflowSettings), environment), users);

test("where nothing is set, documents are sent as FlutterFlow's functions would", () => {
  expect(read({})).toEqual({
    mode: "on",
    openStatuses: new Set(),
    ignoredFields: new Set(),
    limits: { maxUsers: 1_000, perHour: 300, serversPerHour: 3_000, senders: new Map() },
  });
});

test("lists are read with spaces and empty entries between the commas", () => {
  const { openStatuses, ignoredFields, limits } = read(
    {
      FANFARE_OPEN_STATUSES: " pending, scheduled,",
      FANFARE_IGNORED_FIELDS: "target_group",
      FANFARE_APP_SENDERS: "people/bot = 5000, /people/a=b=7,other=1",
    },
    "people",
  );
  expect([...openStatuses]).toEqual(["pending", "scheduled"]);
  expect([...ignoredFields]).toEqual(["target_group"]);
  expect([...limits.senders]).toEqual([
    ["people/bot", 5_000],
    ["people/a=b", 7],
    ["people/other", 1],
  ]);
});

test.each([
  [
    { FANFARE_APP_SENDERS: "users/bot" },
    "FANFARE_APP_SENDERS: must be user documents and notifications an hour",
  ],
  [{ FANFARE_APP_SENDERS: "users/bot=0" }, "FANFARE_APP_SENDERS: must be"],
  [{ FANFARE_APP_SENDERS: "users/bot=20001" }, "up to 20000"],
  [{ FANFARE_APP_SENDERS: "posts/bot=5" }, 'FANFARE_APP_SENDERS: "posts/bot" is not a document of users'],
  [{ FANFARE_APP_PER_HOUR: "20001" }, "FANFARE_APP_PER_HOUR"],
  [{ FANFARE_APP_SERVERS_PER_HOUR: "0" }, "FANFARE_APP_SERVERS_PER_HOUR"],
])("%j is refused at start, by its name", (environment, message) => {
  expect(() => read(environment)).toThrow(message);
});
