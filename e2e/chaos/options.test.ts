import { expect, test } from "vitest";
import { readOptions, replayCommand } from "./options.ts";

test.each([
  [[], { rounds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], seed: "1", emulators: false, json: false }],
  [["--rounds", "2", "--seed", "s", "--json"], { rounds: [1, 2], seed: "s", json: true }],
  [["--round", "7", "--emulators"], { rounds: [7], emulators: true }],
  [["--help"], { help: true }],
])("%j is understood", (args, options) => {
  expect(readOptions(args)).toMatchObject(options);
});

test.each([
  [["--rounds", "0"], /^--rounds: must be a whole number/],
  [["--rounds", "many"], /^--rounds: /],
  [["--round", "0"], /^--round: must be a whole number/],
  [["--rounds", "2", "--round", "1"], /^--round: plays one round/],
  [["--sede", "1"], /^--sede: Unknown option/],
  [["--seed"], /^--seed/],
  [["--json=yes"], /^--json/],
  [["3"], /^arguments: /],
])("%j is refused, naming what is wrong", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test.each([
  ["s", false, "npm run chaos -- --seed s --round 3"],
  ["it's", true, "npm run chaos -- --seed 'it'\\''s' --round 3 --emulators"],
])("the command that plays a round of seed %j again is complete", (seed, emulators, command) => {
  const options = { ...readOptions([]), seed, emulators };
  expect(replayCommand(options, 3)).toBe(command);
});
