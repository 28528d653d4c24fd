import { readdirSync } from "node:fs";
import { broadcastsIn, inStore, makeFolder } from "@fanfare/local/testing/folder";
import { makeDocument } from "@fanfare/shared/testing/records";
import { describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const GOOD = ["--title", "T", "--text", "X", "--audience", "all", "--confirm", "10"];

function send(folder: string, args: string[]) {
  return fanfare(["send", ...args, "--data", folder]);
}

async function seed(folder: string, count: number): Promise<void> {
  const documents = Array.from({ length: count }, (_, index) =>
    makeDocument(`u${index}`, `address-${index}`),
  );
  await inStore(folder, ({ registrations }) => registrations.put(documents));
}

describe("what would be refused later is refused at once: exit code 2, the field's name, nothing stored", () => {
  test.concurrent.each([
    ["an oversize payload", ["--data", `big=${"x".repeat(5_000)}`], /payload .*--data.* 4096/],
    ["an unknown audience", ["--audience", "everybody"], /--audience: must be all, android or ios/],
    [
      "an http image",
      ["--image", "http://example.com/a.png"],
      /--image: must be a URL that starts with https/,
    ],
    ["a past date", ["--at", "2020-01-01T00:00:00Z"], /--at: lies in the past/],
    ["no date", ["--at", "soon"], /--at: must be a date and time/],
    ["an empty title", ["--title", ""], /--title: must not be empty/],
    ["a confirmation that is no number", ["--confirm", "many"], /--confirm: must be a whole number/],
  ])("%s", async (_, args, message) => {
    const folder = makeFolder();
    const { code, stdout, stderr } = await send(folder, [...GOOD, ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.concurrent.each([
    ["no title", ["--text", "X", "--audience", "all", "--confirm", "10"], /--title: is missing/],
    ["a past date", [...GOOD, "--at", "2020-01-01"], /--at: lies in the past/],
    [
      "no confirmation where nobody can be asked",
      GOOD.slice(0, -2),
      /--confirm: is needed .* 3 registrations/,
    ],
  ])("beside a data file: %s", async (_, args, message) => {
    const folder = makeFolder();
    await seed(folder, 3);
    const { code, stderr } = await send(folder, args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(await broadcastsIn(folder)).toEqual([]);
  });

  test("every problem is named, not only the first", async () => {
    const { stderr } = await send(makeFolder(), ["--audience", "all", "--ttl", "soon"]);
    expect(stderr).toMatch(/--title: .*\n--text: .*\n--ttl: /);
  });
});

test("it is sent if it reaches no more than was confirmed", async () => {
  const folder = makeFolder();
  await seed(folder, 3);
  const refused = await send(folder, [...GOOD, "--confirm", "2"]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("--confirm: 3 registrations would be reached");
  expect(await broadcastsIn(folder)).toEqual([]);
  const sent = await send(folder, [...GOOD, "--confirm", "3", "--data", "key=value", "--json"]);
  const [broadcast] = await broadcastsIn(folder);
  expect(broadcast?.content.data).toEqual({ key: "value" });
  expect(JSON.parse(sent.stdout)).toMatchObject({
    broadcastId: broadcast?.id,
    state: "running",
    registrations: 3,
  });
  expect(sent.code).toBe(0);
});

test("with an idempotency key the same is sent once, and another is refused", async () => {
  const folder = makeFolder();
  const args = [...GOOD, "--idempotency-key", "k", "--at", "2100-01-01T12:00", "--json"];
  const first = await send(folder, args);
  expect(JSON.parse(first.stdout)).toMatchObject({
    state: "scheduled",
    dueAt: new Date("2100-01-01T12:00").toISOString(),
  });
  // Whoever repeats it gets the same answer, though meanwhile it reaches more than he confirms.
  await seed(folder, 20);
  const second = await send(folder, args);
  expect(second.code).toBe(0);
  expect(JSON.parse(second.stdout)).toMatchObject({ broadcastId: JSON.parse(first.stdout).broadcastId });
  const other = await send(folder, [...args, "--title", "Another"]);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain("--idempotency-key: was used before");
  expect(await broadcastsIn(folder)).toHaveLength(1);
});
