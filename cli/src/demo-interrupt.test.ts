import { readdirSync } from "node:fs";
import { makeFolder } from "@fanfare/local/testing/folder";
import { childrenOf, isAlive } from "@fanfare/local/testing/processes";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { expect, onTestFinished, test, vi } from "vitest";
import { start } from "./testing/fanfare.ts";

/** What a person is to see of it: how far it was. */
const PROGRESS = /^(seeding|sending) \d+\/\d+ registrations, .*$/;

describeOnEmulators("a demo on the emulators that is ended in mid-send", ["pubsub", "firestore"], () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "by %s has nothing to say, and leaves nothing",
    { timeout: 90_000 },
    async (signal, exitCode) => {
      const folder = makeFolder();
      const demo = start(["demo", "--emulators", "--registrations", "3000"], { TMPDIR: folder });
      // In time for what it said to be seen.
      const hung = setTimeout(() => demo.process.kill("SIGKILL"), 75_000);
      onTestFinished(() => {
        clearTimeout(hung);
        demo.process.kill("SIGKILL");
      });
      await demo.wrote("sending ", "stderr");
      const children = childrenOf(demo.process.pid);
      demo.process.kill(signal);
      const { code, stdout, stderr } = await demo.ended;
      expect(
        stderr
          .trimEnd()
          .split("\n")
          .filter((line) => !PROGRESS.test(line)),
      ).toEqual([]);
      expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
      // Three services, and the simulator.
      expect(children.length).toBeGreaterThan(3);
      await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), 10_000);
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});
