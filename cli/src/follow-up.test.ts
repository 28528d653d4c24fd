import { broadcastsIn, inStore, makeFolder } from "@fanfare/local/testing/folder";
import { tryFinish } from "@fanfare/shared/broadcasts/try-finish";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { rangeId } from "@fanfare/shared/domain/ids";
import { noCounts } from "@fanfare/shared/domain/plan-chunks";
import { settle } from "@fanfare/shared/ledger/contract/steps";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

/** A folder with a broadcast to three devices, of which the first chunk is settled: one accepted, one expired. */
async function prepare({ finished = true, ...fields }: Partial<Broadcast> & { finished?: boolean } = {}) {
  const folder = makeFolder();
  const broadcast = makeBroadcast("first", { content: { title: "Sale", text: "Today" }, ...fields });
  const { id } = broadcast;
  await inStore(folder, async (store) => {
    await store.broadcasts.create(broadcast);
    const chunks = [makeMembers(2), makeMembers(1, 2)];
    await store.ledger.openPlanned(id, { chunks, cursor: "z", counts: noCounts() });
    await settle(store.ledger, `${rangeId(id, 0)}.000000`, { 1: "expired" });
    if (finished) await settle(store.ledger, `${rangeId(id, 0)}.000001`);
    await tryFinish({ ...store, now: Date.now }, id);
  });
  const on = (...args: string[]) => fanfare([...args, "--data", folder]);
  const others = async () => (await broadcastsIn(folder)).filter((one) => one.id !== id);
  return { id, on, others };
}

describe("a follow-up", () => {
  test("is confirmed as a broadcast is, and said twice it is one", async () => {
    const { id, on, others } = await prepare();
    const unasked = await on("retry", id);
    expect(unasked.stderr).toBe(
      "--confirm: is needed where nobody can be asked: 1 devices would be reached\n",
    );
    const tooMany = await on("retry", id, "--confirm", "0");
    expect(tooMany).toMatchObject({ code: 1, stdout: "" });
    expect(tooMany.stderr).toContain("--confirm: 1 devices would be reached; nothing was sent");
    expect(await others()).toEqual([]);
    const sent = await on("retry", id, "--confirm", "1", "--json");
    const [retry] = await others();
    expect(sent.code).toBe(0);
    expect(JSON.parse(sent.stdout)).toEqual({ broadcastId: retry?.id, state: "running", devices: 1 });
    expect(retry?.caller).toContain("command");
    expect((await on("retry", id)).stdout).toContain(`${retry?.id} is on its way, to 1 devices.`);
    expect(await others()).toHaveLength(1);
    expect((await on("status", id)).stdout).toContain(`\nRetried as ${retry?.id}.\n`);
    expect(JSON.parse((await on("status", `${retry?.id}`, "--json")).stdout)).toMatchObject({
      follows: [id],
    });
  });

  test("is another content in the place of the first", async () => {
    const { id, on, others } = await prepare();
    const flags = ["--text", "Tomorrow", "--data", "k=v", "--badge", "1", "--confirm", "9"];
    expect(await on("correct", id, ...flags)).toMatchObject({ code: 0, stderr: "" });
    const [correction] = await others();
    expect(correction?.content).toEqual({
      title: "Sale",
      text: "Tomorrow",
      data: { k: "v" },
      badge: 1,
      collapseId: id,
    });
    expect((await on("status", id)).stdout).toContain(`\nCorrected by ${correction?.id}.\n`);
    expect(await on("retry", id, "--confirm", "9")).toMatchObject({ code: 2, stdout: "" });
  });

  test("waits for what is being cancelled, and says so", async () => {
    const cancelled = { by: "ada", at: 1 };
    const { id, on, others } = await prepare({ finished: false, gates: { cancelled }, owes: ["close"] });
    const sent = await on("correct", id, "--title", "Sorry", "--confirm", "1");
    expect(sent).toMatchObject({ code: 0 });
    expect(sent.stderr).toContain("being cancelled: 3/3 members");
    expect((await on("status", id)).stdout).toContain("cancelled by ada");
    expect(await others()).toMatchObject([{ content: { title: "Sorry" } }]);
  });
});

test("what is refused is named by its flag, and nothing is stored", async () => {
  const { id, on, others } = await prepare();
  const refusals: [string[], string][] = [
    [["retry", "b1"], "id: there is no broadcast b1\n"],
    [
      ["correct", id],
      "payload (--title, --text, --image, --page, --parameter-data and --data together): is as it was\n",
    ],
    [["correct", id, "--title", ""], "--title: must not be empty\n"],
    [["correct", id, "--text", "x", "--confirm", "many"], "--confirm: must be a whole number\n"],
  ];
  const results = await Promise.all(refusals.map(([args]) => on(...args)));
  for (const [index, result] of results.entries())
    expect(result).toEqual({ code: 2, stdout: "", stderr: refusals[index]?.[1] });
  expect(await others()).toEqual([]);
  const running = await prepare({ finished: false });
  const early = await running.on("retry", running.id, "--confirm", "9");
  expect(early).toMatchObject({ code: 2, stderr: `id: ${running.id} has not finished: it is running\n` });
});
