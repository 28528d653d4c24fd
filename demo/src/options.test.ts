import { describe, expect, test } from "vitest";
import { type DemoFlags, readOptions } from "./options.ts";

const FLAGS: DemoFlags = { registrations: "20000", seed: "1", audience: "all", faults: "some" };

test.each<[Partial<DemoFlags>, object]>([
  [
    {},
    {
      registrations: 20_000,
      seed: "1",
      platform: undefined,
      chaos: false,
      faults: "some",
      quota: null,
      json: false,
      flutterflow: false,
      emulators: false,
      senders: 1,
      pull: false,
    },
  ],
  [
    { emulators: true, senders: "3", pull: true },
    { emulators: true, senders: 3, pull: true },
  ],
  [
    { audience: "iOS", faults: "ALL" },
    { platform: "ios", faults: "all" },
  ],
  [
    { quota: "600", chaos: true, json: true, flutterflow: true, data: "here" },
    { quota: 600, chaos: true, json: true, flutterflow: true, data: "here" },
  ],
])("%j is understood", (flags, options) => {
  expect(readOptions({ ...FLAGS, ...flags })).toMatchObject(options);
});

describe("what is wrong is named by its flag", () => {
  test.each<[Partial<DemoFlags>, RegExp]>([
    [{ registrations: "0" }, /^--registrations: must be a whole number/],
    [{ registrations: "1e3" }, /^--registrations: /],
    [{ registrations: "-5" }, /^--registrations: /],
    [{ emulators: true, senders: "33" }, /^--senders: must be a whole number from 1 to 32/],
    [{ senders: "2" }, /^--senders: is only for --emulators/],
    [{ pull: true }, /^--pull: is only for --emulators/],
    [{ emulators: true, data: "here" }, /^--data: is for a data file/],
    [{ quota: "none" }, /^--quota: must be a whole number/],
    [{ audience: "web" }, /^--audience: must be one of all, android, ios/],
    [{ faults: "many" }, /^--faults: must be one of none, some, all/],
  ])("%j", (flags, message) => {
    expect(() => readOptions({ ...FLAGS, ...flags })).toThrow(message);
  });
});
