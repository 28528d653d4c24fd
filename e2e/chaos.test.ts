import { readdirSync } from "node:fs";
import { childrenOf, isAlive, type Listed } from "@fanfare/local/testing/processes";
import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { createFolder } from "@fanfare/shared/testing/folder";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { playChaos, startChaos } from "./chaos/testing/command.ts";

/** A few rounds of `npm run chaos`: real processes, really killed, and messages really lost. */

/** In its first rounds processes are killed and stall in mid-send, clocks step, messages are lost and documents refreshed. */
const SEED = "ci-6788";

let folder: ReturnType<typeof createFolder>;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder.remove());

/** Starts a round, and resolves once all its processes are there. */
async function startRound() {
  const running = startChaos(folder.path, "--seed", SEED, "--round", "1");
  const children = await vi.waitFor(() => {
    const found = childrenOf(running.process.pid);
    expect(found.filter(isService)).not.toEqual([]);
    return found;
  }, 30_000);
  return { ...running, children };
}

const isService = ({ command }: Listed) => command.includes("service-process.ts");

test("every promise is kept in two rounds on data files, and nothing is left behind", async () => {
  const { code, report, stderr } = await playChaos(folder.path, "--seed", SEED, "--rounds", "2");
  expect(report.failures, stderr).toEqual([]);
  expect({ code, ...report }).toMatchObject({ code: 0, seed: SEED, rounds: 2, passed: 2 });
  const { kills, stalls, clockSteps, refreshed, members } = report.totals;
  for (const count of [kills, stalls, clockSteps, refreshed, members]) expect(count).toBeGreaterThan(0);
  expect(stderr).toContain("✓ round 2: ");
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a failed round tells how to play it again, and leaves what it was", async () => {
  const { ended, children } = await startRound();
  process.kill(children.find(isService)?.pid ?? 0, "SIGKILL");
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/✗ round 1:\n.* ended by itself \(SIGKILL\)/);
  expect(stderr).toContain(`  again: npm run chaos -- --seed ${SEED} --round 1\n`);
  expect(stdout).toContain(`0 of 1 round of seed ${SEED} kept every promise`);
  const [left = ""] = readdirSync(folder.path);
  expect(stderr).toContain(`  left in ${folder.path}/${left}\n`);
  expect(readdirSync(`${folder.path}/${left}`)).toEqual(
    expect.arrayContaining(["fanfare.db", "services.log"]),
  );
  expect(children.filter(isAlive)).toEqual([]);
});

test("nothing survives a round that is interrupted", async () => {
  const { process: chaos, ended, children } = await startRound();
  chaos.kill("SIGINT");
  const { code, stdout } = await ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(children.filter(isAlive)).toEqual([]);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a wrong flag is named, and nothing is played", async () => {
  const { code, stdout, stderr } = await startChaos(folder.path, "--rounds", "none").ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^--rounds: must be a whole number/);
});

describeOnEmulators("chaos on the emulators", ["pubsub", "firestore"], () => {
  test("every promise is kept in a round", async () => {
    const { code, report, stderr } = await playChaos(
      folder.path,
      "--emulators",
      "--seed",
      SEED,
      "--round",
      "1",
      // Wrong clocks on the emulators are tested one by one, in on-emulators/wrong-clocks.test.ts.
      "--faults",
      "kills,messages,fcm,hold,app,stall",
    );
    expect(report.failures, stderr).toEqual([]);
    expect({ code, ...report }).toMatchObject({ code: 0, rounds: 1, passed: 1 });
  });
});
