import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@fanfare/local/testing/folder";
import { expect, onTestFinished, test } from "vitest";
import { fanfare, start } from "./testing/fanfare.ts";

/** Two devices of one user: an Android one, and an iOS one of another app of the same project. */
const FILE = new URL("./testing/files/one-ios-device-of-another-app.csv", import.meta.url);
const [HEAD = "", ...ROWS] = readFileSync(FILE, "utf8").trimEnd().split("\n");

async function startUp(folder: string): Promise<void> {
  const up = start(["up", "--port", "0", "--data", folder, "--json"], { FANFARE_RETRY_SECONDS: "1" });
  onTestFinished(() => void up.process.kill("SIGKILL"));
  await up.wrote("\n");
}

test.concurrent.each([
  ["as it comes", ROWS],
  ["with its rows in the other order", ROWS.toReversed()],
])("a file with a device of another app reaches the others: %s", { timeout: 120_000 }, async (_, rows) => {
  const folder = makeFolder();
  const on = (...args: string[]) => fanfare([...args, "--data", folder]);
  const file = join(folder, "devices.csv");
  writeFileSync(file, [HEAD, ...rows].join("\n"));
  expect((await on("import", file)).stdout).toContain("2 registrations imported");
  await startUp(folder);
  const sent = await on(
    "send",
    "--title",
    "Hello",
    "--text",
    "World",
    "--audience",
    "all",
    "--confirm",
    "2",
    "--json",
  );
  const { broadcastId: id } = JSON.parse(sent.stdout);
  expect(JSON.parse((await on("status", id, "--wait", "--json")).stdout)).toMatchObject({
    state: "succeeded",
    accepted: 1,
    rejected: { CONTENT_REFUSED: 1 },
    open: 0,
    pruned: 0,
  });
  const [failure] = (await on("failures", id, "--json")).stdout.trimEnd().split("\n");
  expect(JSON.parse(failure ?? "")).toMatchObject({
    address: expect.stringContaining("NOTTOPIC"),
    code: "CONTENT_REFUSED",
    says: expect.stringMatching(/^400 INVALID_ARGUMENT \(APNs: DeviceTokenNotForTopic\)/),
  });
});
