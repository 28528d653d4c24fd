import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { describe, expect, test } from "vitest";
import { createDraw } from "./fuzz/draw.ts";
import { readOptions, replayCommand } from "./fuzz/options.ts";
import { runFuzz } from "./fuzz/run.ts";
import { createSecrets } from "./fuzz/secrets.ts";
import { TARGETS } from "./fuzz/targets.ts";

const drawOf = (seed: string) =>
  createDraw({ seed, project: "p", targets: TARGETS, secrets: createSecrets(seed), tokenFor: () => "a.b.c" });

describe("requests that are drawn", () => {
  test("follow from the seed and their number alone", () => {
    const [one, again] = [drawOf("1"), drawOf("1")];
    again(7);
    expect(again(3)).toEqual(one(3));
    expect(drawOf("2")(3)).not.toEqual(one(3));
  });

  test("go to every function, with a secret of their own", () => {
    const drawn = Array.from({ length: 300 }, (_, index) => drawOf("1")(index));
    expect(new Set(drawn.map(({ target }) => target))).toEqual(new Set(TARGETS));
    expect(new Set(drawn.map(({ secret }) => secret)).size).toBe(drawn.length);
  });
});

describe("secrets", () => {
  const secrets = createSecrets("1");
  const secret = secrets.of(42);

  test.each([
    secret,
    JSON.stringify({ [secret]: 1 }),
    ...["", "x", "xx"].map((before) => Buffer.from(`${before}${secret} and more`).toString("base64")),
  ])("are found in %s", (text) => {
    expect(secrets.isIn(text)).toBe(true);
  });

  test("tell which request they came with", () => {
    expect(secrets.find(`users/${secret} and ${secrets.of(7)}`)).toEqual(new Set([42, 7]));
    expect(secrets.isIn("users/ada")).toBe(false);
  });
});

test("what fails is played again by its seed, number and functions", () => {
  const options = readOptions({ requests: "50", seed: "a b", functions: "sender.push, resolver.push" });
  expect(replayCommand(options)).toBe(
    "npm run fuzz:doors -- --requests 50 --seed 'a b' --functions resolver.push,sender.push",
  );
  expect(() => readOptions({ requests: "50", functions: "sender.sent" })).toThrow("--functions: ");
});

describeOnEmulators("built functions under a flood", ["pubsub", "firestore"], () => {
  test("nothing hostile, huge or malformed gets through, and nothing secret gets out", async () => {
    const report = await runFuzz({ requests: 400, seed: "18", targets: TARGETS, json: true });
    expect(report.findings).toEqual([]);
    expect(report.requests).toBe(400);
    expect(report.loud?.failed).toEqual([]);
  });
});
