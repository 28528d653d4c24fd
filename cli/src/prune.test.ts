import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { emptyBooks } from "@fanfare/shared/domain/books";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { makeBroadcast, makeDocument } from "@fanfare/shared/testing/records";
import { describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const REJECTED = { UNREGISTERED: 900, INVALID_ARGUMENT: 50, SENDER_ID_MISMATCH: 20 };
const FINISHED: Partial<Broadcast> = {
  phase: "succeeded",
  books: { ...emptyBooks(), resolved: 1_000, accepted: 30, rejected: REJECTED },
  pruning: { state: "withheld", reason: "beyond belief" },
};

/** A folder with one broadcast in it, and how to run a command on that. */
async function prepare(fields: Partial<Broadcast> = {}) {
  const folder = makeFolder();
  const broadcast = makeBroadcast("prune", { ...FINISHED, ...fields });
  await inStore(folder, ({ broadcasts }) => broadcasts.create(broadcast));
  const stored = () => inStore(folder, ({ broadcasts }) => broadcasts.get(broadcast.id));
  const on = (...args: string[]) => fanfare([...args, broadcast.id, "--data", folder]);
  return { folder, id: broadcast.id, stored, on };
}

describe("prune", () => {
  test("releases what was withheld, once, and says how many go and who decided", async () => {
    const { id, on, stored } = await prepare();
    expect((await on("status")).stdout).toContain(`withheld: beyond belief (fanfare prune ${id} goes on)`);
    const before = Date.now();
    const released = await on("prune", "--yes");
    expect(released).toMatchObject({ code: 0, stderr: "" });
    expect(released.stdout).toBe(
      `950 dead addresses of ${id} are being deleted (fanfare restore ${id} brings them back).\n`,
    );
    const { owes, pruning } = (await stored()) as Broadcast;
    expect({ owes, pruning }).toMatchObject({
      owes: ["prune"],
      pruning: { state: "owed", released: { by: expect.stringContaining("command") } },
    });
    expect(pruning.released?.at).toBeGreaterThanOrEqual(before);
    const again = await on("prune", "--yes");
    expect(again).toMatchObject({ code: 1, stdout: `Pruning of ${id} is not withheld: it is under way.\n` });
  });

  test("deletes nothing where nobody can be asked and nobody said yes", async () => {
    const { on, stored } = await prepare();
    const { code, stdout, stderr } = await on("prune");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(
      "--yes: is needed where nobody can be asked: 950 dead addresses would be deleted",
    );
    expect(await stored()).toMatchObject({ version: 1, pruning: { state: "withheld" } });
  });

  test.concurrent.each<[Broadcast["pruning"]["state"], Partial<Broadcast>, string]>([
    ["none", { phase: "running", books: null }, "the broadcast has not finished"],
    ["done", {}, "it is done"],
  ])("says why there is nothing to release: %s", async (state, fields, words) => {
    const { id, on } = await prepare({ ...fields, pruning: { state } });
    expect(await on("prune")).toMatchObject({ code: 1, stdout: expect.stringContaining(words) });
    const { stdout } = await on("prune", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ broadcastId: id, result: "not-withheld", pruning: state });
  });
});

describe("restore", () => {
  const path = (uid: string) => `users/${uid}/fcm_tokens/t`;

  /** Three users' addresses were pruned; one of them has registered again. */
  async function prune(pruning: Broadcast["pruning"]) {
    const owes: Broadcast["owes"] = pruning.state === "owed" ? ["prune"] : [];
    const prepared = await prepare({ pruning, owes, releasedAt: Date.now() - 1_000 });
    await inStore(prepared.folder, async ({ registrations }) => {
      await registrations.put(["a", "b", "c"].map((uid) => makeDocument(uid, `dead ${uid}`)));
      const dead = ["a", "b", "c"].map((uid) => {
        return { address: `dead ${uid}`, kind: "token" as const, code: "UNREGISTERED" };
      });
      await registrations.prune({ broadcast: prepared.id, notSince: Date.now() + 1_000, dead });
      await registrations.put([makeDocument("d", "dead c")]);
    });
    const paths = () =>
      inStore(prepared.folder, async ({ registrations }) => {
        const owned = await registrations.readOwned(["users/a", "users/b", "users/c", "users/d"]);
        return owned.map(({ path }) => path).toSorted();
      });
    return { ...prepared, paths };
  }

  test("brings back what was pruned, tells what not, and may be repeated", async () => {
    const { id, on, paths } = await prune({ state: "done" });
    const { code, stdout } = await on("restore");
    expect(stdout).toBe("2 registrations restored; 1 are registered again, the users of 0 are gone.\n");
    expect(code).toBe(0);
    expect(await paths()).toEqual(["a", "b", "d"].map(path));
    const again = await on("restore", "--json");
    expect(JSON.parse(again.stdout)).toEqual({
      broadcastId: id,
      restored: 0,
      registeredAgain: 1,
      userGone: 0,
    });
  });

  test("stops a pruning that is under way, which can be released later", async () => {
    const { id, on, stored, paths } = await prune({ state: "owed" });
    const { stderr } = await on("restore");
    expect(stderr).toContain(`Pruning of ${id} is stopped (fanfare prune ${id} goes on with it)`);
    expect(await stored()).toMatchObject({ owes: [], pruning: { state: "withheld" } });
    expect(await paths()).toHaveLength(3);
    expect(await on("prune", "--yes")).toMatchObject({ code: 0 });
  });
});

test("an id that nobody knows is refused", async () => {
  const folder = makeFolder();
  await inStore(folder, async () => undefined);
  const results = await Promise.all(
    ["prune", "restore"].map((name) => fanfare([name, "b123", "--data", folder])),
  );
  for (const result of results)
    expect(result).toEqual({ code: 2, stdout: "", stderr: "id: there is no broadcast b123\n" });
});
