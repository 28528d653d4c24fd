import { expect, test } from "vitest";
import { KINDS } from "./kinds.ts";
import { type ChaosOptions, chaosCommand, readOptions, replayCommand } from "./options.ts";

function read(args: string[]): ChaosOptions {
  const command = chaosCommand()
    .exitOverride()
    .configureOutput({ writeErr() {} });
  return readOptions(command.parse(args, { from: "user" }).opts());
}

test.each([
  [[], { rounds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], seed: "1", emulators: false, json: false }],
  [["--rounds", "2", "--seed", "s", "--json"], { rounds: [1, 2], seed: "s", json: true }],
  [["--round", "7", "--emulators"], { rounds: [7], emulators: true, faults: KINDS }],
  [["--faults", "clock, stall"], { faults: ["stall", "clock"] }],
])("%j is understood", (args, options) => {
  expect(read(args)).toMatchObject(options);
});

test.each([
  [["--rounds", "0"], /^--rounds: must be a whole number/],
  [["--rounds", "many"], /^--rounds: /],
  [["--round", "0"], /^--round: must be a whole number/],
  [["--rounds", "2", "--round", "1"], /'--round <number>' cannot be used with option '--rounds <number>'/],
  [["--sede", "1"], /unknown option '--sede'/],
  [["--seed"], /'--seed <text>' argument missing/],
  [["--faults", "stall,clocks"], /^--faults: "clocks" is not one of kills, messages, /],
  [["--faults", ""], /^--faults: "" is not one of /],
  [["--json=yes"], /unknown option '--json=yes'/],
  [["3"], /too many arguments/],
])("%j is refused, naming what is wrong", (args, message) => {
  expect(() => read(args)).toThrow(message);
});

test.each([
  ["s", false, "npm run chaos -- --seed s --round 3"],
  ["it's", true, "npm run chaos -- --seed 'it'\\''s' --round 3 --emulators"],
])("the command that plays a round of seed %j again is complete", (seed, emulators, command) => {
  const options = { ...read([]), seed, emulators };
  expect(replayCommand(options, 3)).toBe(command);
});

test("the command that plays a round again has the same faults", () => {
  const options = read(["--faults", "clock,stall", "--seed", "s"]);
  expect(replayCommand(options, 3)).toBe("npm run chaos -- --seed s --round 3 --faults stall,clock");
});
