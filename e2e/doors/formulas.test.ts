import { fanfare } from "@fanfare/cli/testing/fanfare";
import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { rejected } from "@fanfare/shared/domain/outcome";
import { openOf } from "@fanfare/shared/ledger/contract/steps";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { beforeAll, expect, test } from "vitest";

/**
 * Any app user may register any text as a token, so what is exported may begin as a formula does, and what is printed
 * may hold a terminal's commands.
 */

const ESCAPE = "\x1b]0;mallory\x07";
const TITLE = `Sale ${ESCAPE}`;
const BROADCAST = makeBroadcast("formulas", { content: { title: TITLE, text: "Today" }, finishedAt: 2_000 });
/** What spreadsheets take for the beginning of a formula: Excel reads the wide forms as the others. */
const BEGINNINGS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];
const ADDRESSES = [...BEGINNINGS.map((first) => `${first}HYPERLINK(1)`), `plain${ESCAPE}`, "a=1+1"];

let folder: string;
beforeAll(async () => {
  folder = makeFolder();
  await inStore(folder, async ({ broadcasts, ledger }) => {
    await broadcasts.create(BROADCAST);
    const members = ADDRESSES.map((address, index) => ({
      address,
      kind: "token" as const,
      path: `users/u${index}/fcm_tokens/t`,
    }));
    const counts = { read: members.length, withoutAddress: 0, late: 0 };
    await ledger.openPlanned(BROADCAST.id, { chunks: [members], cursor: "z", counts });
    const chunk = chunkId(rangeId(BROADCAST.id, 0), 0);
    const claim = await ledger.claimChunk(chunk, "repeat");
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    const failed = members.map((_, index) => [index, rejected("UNREGISTERED")] as const);
    await ledger.settleChunk(chunk, claim.epoch, openOf([], { outcomes: Object.fromEntries(failed) }));
  });
});

const on = (...args: string[]) => fanfare([...args, "--data", folder]);

/** The cells of a column, from CSV whose cells hold neither a comma nor a quote. */
async function addressesIn(command: string): Promise<string[]> {
  const { stdout } = await on(command, BROADCAST.id);
  return stdout
    .split(/(?<=UNREGISTERED,)\n/)
    .slice(0, -1)
    .map((record) => record.split(",token,")[1]?.split(",rejected")[0]?.replaceAll('"', "") ?? "");
}

test.concurrent.each(["failures", "unreached"])("no cell of fanfare %s begins a formula", async (command) => {
  const cells = await addressesIn(command);
  expect(cells).toHaveLength(ADDRESSES.length);
  for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
  expect(cells).toContain("'=HYPERLINK(1)");
  expect(cells).toContain("a=1+1");
});

test.concurrent("an export for programs has each address as it is", async () => {
  const { stdout } = await on("failures", BROADCAST.id, "--format", "ndjson");
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).address).toSorted()).toEqual(ADDRESSES.toSorted());
});

test.concurrent.each([
  [["failures", BROADCAST.id]],
  [["list"]],
  [["status", BROADCAST.id]],
  [["status", `${BROADCAST.id}${ESCAPE}`]],
  [["pause", BROADCAST.id, "--reason", ESCAPE]],
  [["audit", BROADCAST.id]],
  [["doctor"]],
  [["send", "--audience", ESCAPE, "--title", TITLE, "--text", "x"]],
  [["send", "--audience", "all", "--users", `posts/${ESCAPE}`, "--title", TITLE, "--text", "x"]],
  [["import", `missing${ESCAPE}.csv`]],
  [[`--unknown${ESCAPE}`]],
])("no command of a terminal's is printed by fanfare %j", async (args) => {
  const { stdout, stderr } = await on(...args);
  expect(`${stdout}${stderr}`).not.toBe("");
  expect(`${stdout}${stderr}`).not.toMatch(/[^\P{Cc}\n\t]/u);
});
