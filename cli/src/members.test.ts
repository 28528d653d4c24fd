import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import type { Progress } from "@fanfare/shared/domain/chunk";
import { chunkId, rangeId } from "@fanfare/shared/domain/ids";
import { rejected } from "@fanfare/shared/domain/outcome";
import { claimChunk, openOf } from "@fanfare/shared/ledger/contract/steps";
import { makeBroadcast, makeDocument, makeMember, makeMembers } from "@fanfare/shared/testing/records";
import { beforeAll, describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const BROADCAST = makeBroadcast("members", { releasedAt: 1_000 });
const ROOT = rangeId(BROADCAST.id, 0);
const HEAD = "path,kind,address,outcome,code,says\n";
/** As a spreadsheet must not tear it apart. */
const SAYS = '400 "no", on one line';
const refused = (index: number) => ({
  refusals: { trial: 0, said: [{ code: "CONTENT_REFUSED", says: SAYS, of: [index] }] },
});

let folder: string;
beforeAll(async () => {
  folder = makeFolder();
  await inStore(folder, async ({ broadcasts, ledger, registrations }) => {
    await broadcasts.create(BROADCAST);
    const late = makeDocument("late", "address-000009");
    const behind = { ...makeDocument("", null), ...makeMember(8), createdAt: 1_000 };
    await registrations.put([late, behind]);
    await ledger.openRoot(BROADCAST.id);
    const claim = await ledger.claimRange(ROOT);
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    const page = {
      from: "",
      cursor: "address-000007",
      counts: { read: 8, withoutAddress: 0, late: 0 },
      published: 0,
    };
    await ledger.addPage(ROOT, claim.epoch, { ...page, chunks: [makeMembers(6), makeMembers(2, 6)] });
    const outcomes: Progress["outcomes"] = {
      1: rejected("UNREGISTERED"),
      2: "unknown",
      3: "cancelled",
      4: "expired",
      5: rejected("CONTENT_REFUSED"),
    };
    const [first, second] = [chunkId(ROOT, 0), chunkId(ROOT, 1)];
    const { epoch } = await claimChunk(ledger, first);
    await ledger.settleChunk(first, epoch, openOf([], { outcomes, ...refused(5) }));
    await claimChunk(ledger, second);
    await ledger.releaseChunk(second, 1, openOf([0, 1], refused(0)), 0);
    await ledger.stopRange(ROOT, 7);
  });
});

const on = (...args: string[]) => fanfare([...args, "--data", folder]);
const row = (number: number, outcome: string, code = "", says = "") => {
  const { path, kind, address } = makeMember(number);
  return `${path},${kind},${address},${outcome},${code},${says}\n`;
};
const QUOTED = `"${SAYS.replaceAll('"', '""')}"`;

describe("a member is listed once", () => {
  test.concurrent.each([
    ["reached", row(0, "accepted"), ""],
    ["unknown", row(2, "unknown"), ""],
    [
      "unreached",
      row(1, "rejected", "UNREGISTERED") +
        row(3, "cancelled") +
        row(4, "expired") +
        row(5, "rejected", "CONTENT_REFUSED", QUOTED) +
        row(6, "open", "", QUOTED) +
        row(7, "open") +
        row(8, "unresolved", ROOT),
      `${ROOT} is stopped: about 7 registrations were not resolved\n`,
    ],
    [
      "failures",
      row(1, "rejected", "UNREGISTERED") +
        row(2, "unknown") +
        row(3, "cancelled") +
        row(4, "expired") +
        row(5, "rejected", "CONTENT_REFUSED", QUOTED) +
        row(6, "open", "", QUOTED),
      "",
    ],
  ])("by fanfare %s", async (command, rows, stderr) => {
    expect(await on(command, BROADCAST.id)).toEqual({ code: 0, stdout: HEAD + rows, stderr });
  });
});

test.concurrent("in the form that is asked for", async () => {
  const { path, kind, address } = makeMember(0);
  const line = `${JSON.stringify({ path, kind, address, outcome: "accepted", code: "", says: "" })}\n`;
  expect((await on("reached", BROADCAST.id, "--format", "ndjson")).stdout).toBe(line);
  const { stdout } = await on("failures", BROADCAST.id, "--json");
  expect(JSON.parse(stdout.trimEnd().split("\n")[4] ?? "")).toMatchObject({
    code: "CONTENT_REFUSED",
    says: SAYS,
  });
  const wrong = await on("unreached", BROADCAST.id, "--format", "xml");
  expect(wrong).toEqual({ code: 2, stdout: "", stderr: "--format: must be csv or ndjson\n" });
});
