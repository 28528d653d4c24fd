import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "@fanfare/demo/random";
import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { markAddress, type Nature } from "@fanfare/simulator";
import { expect, onTestFinished, test } from "vitest";
import { fanfare, type Running, start } from "./testing/fanfare.ts";

/** How many devices of each nature are imported: enough dead ones that their list fills a pipe. */
const COUNTS = { fine: 700, dead: 500, foreign: 3, malformed: 2 } satisfies Partial<Record<Nature, number>>;
const TOTAL = 1_205;

function writeDevices(folder: string): string {
  const random = createRandom("pipeline");
  const natures = Object.entries(COUNTS).flatMap(([nature, count]) =>
    Array<Nature>(count).fill(nature as Nature),
  );
  const lines = natures.map((nature, index) =>
    JSON.stringify({ fcm_token: markAddress(nature, random), device_type: "Android", user: `user-${index}` }),
  );
  const file = join(folder, "devices.ndjson");
  writeFileSync(file, lines.join("\n"));
  return file;
}

/** Starts `fanfare up` on a free port, and resolves with the simulator's address when it is up. */
async function startUp(folder: string): Promise<Running & { fcm: string }> {
  const up = start(["up", "--port", "0", "--data", folder, "--json"], { FANFARE_RETRY_SECONDS: "1" });
  onTestFinished(() => void up.process.kill("SIGKILL"));
  const { fcm, ...rest } = JSON.parse(await up.wrote("\n"));
  expect(rest).toEqual({ data: folder, simulated: true });
  return { ...up, fcm };
}

test("import, send, up, status and failures: the whole way of a broadcast", {
  timeout: 120_000,
}, async () => {
  const folder = makeFolder();
  const on = (...args: string[]) => fanfare([...args, "--data", folder]);
  expect((await on("import", writeDevices(folder))).stdout).toContain(`${TOTAL} registrations imported`);
  const content = ["--title", "Hello", "--text", "World", "--audience", "android"];
  const sent = await on("send", ...content, "--confirm", String(TOTAL), "--json");
  const { broadcastId: id } = JSON.parse(sent.stdout);
  expect((await on("status", id)).stdout).toMatch(/"Hello" {2}running/);

  const up = await startUp(folder);
  const status = await on("status", id, "--wait", "--json");
  expect(JSON.parse(status.stdout)).toMatchObject({
    state: "succeeded",
    resolved: TOTAL,
    accepted: COUNTS.fine,
    rejected: {
      UNREGISTERED: COUNTS.dead,
      SENDER_ID_MISMATCH: COUNTS.foreign,
      INVALID_ARGUMENT: COUNTS.malformed,
    },
    open: 0,
    pruned: COUNTS.dead + COUNTS.malformed,
    pruning: "done",
  });
  up.process.kill("SIGTERM");
  expect(await up.ended).toMatchObject({ code: 0 });

  const table = await on("failures", id);
  const rows = table.stdout.trimEnd().split("\n");
  expect(rows[0]).toBe("path,kind,address,outcome,code,says");
  expect(rows).toHaveLength(1 + TOTAL - COUNTS.fine);
  const lines = (await on("failures", id, "--json")).stdout.trimEnd().split("\n");
  const codes = Map.groupBy(
    lines.map((line) => JSON.parse(line)),
    ({ code }) => code,
  );
  expect(codes.get("UNREGISTERED")).toHaveLength(COUNTS.dead);
  expect(codes.get("SENDER_ID_MISMATCH")).toHaveLength(COUNTS.foreign);

  const cut = start(["failures", id, "--data", folder]);
  cut.process.stdout?.destroy();
  expect(await cut.ended).toMatchObject({ code: 0, stderr: "" });
});

test("two cannot listen on one port, and the second says so", async () => {
  const { fcm } = await startUp(makeFolder());
  const { port } = new URL(fcm);
  const second = await fanfare(["up", "--port", port, "--data", makeFolder()]);
  expect(second).toMatchObject({ code: 2, stdout: "" });
  expect(second.stderr).toBe(`--port: ${port} is in use: choose another\n`);
});

test("an id that nobody knows is refused", async () => {
  const folder = makeFolder();
  await inStore(folder, async () => undefined);
  const commands = ["status", "failures", "pause", "resume", "cancel", "audit"];
  const results = await Promise.all(commands.map((name) => fanfare([name, "b123", "--data", folder])));
  for (const result of results)
    expect(result).toEqual({ code: 2, stdout: "", stderr: "id: there is no broadcast b123\n" });
});
