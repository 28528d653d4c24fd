import { rangeId } from "@fanfare/shared/domain/ids";
import { settle } from "@fanfare/shared/ledger/contract/steps";
import { makeBroadcast, makeDocument, makeMember, makeMembers } from "@fanfare/shared/testing/records";
import { beforeAll, describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";
import { inStore, makeFolder } from "./testing/folder.ts";

const BROADCAST = makeBroadcast("members", { releasedAt: 1_000 });
const ROOT = rangeId(BROADCAST.id, 0);
const HEAD = "path,kind,address,outcome,code\n";

let folder: string;
beforeAll(async () => {
  folder = makeFolder();
  await inStore(folder, async ({ broadcasts, ledger, registrations }) => {
    await broadcasts.create(BROADCAST);
    const late = makeDocument("late", "address-000009");
    const behind = { ...makeDocument("", null), ...makeMember(6), createdAt: 1_000 };
    await registrations.put([late, behind]);
    await ledger.openRoot(BROADCAST.id);
    const claim = await ledger.claimRange(ROOT);
    if (claim.kind !== "claimed") throw new Error(claim.kind);
    const page = {
      from: "",
      cursor: "address-000005",
      counts: { read: 6, withoutAddress: 0, late: 0 },
      published: 0,
    };
    await ledger.addPage(ROOT, claim.epoch, { ...page, chunks: [makeMembers(5), makeMembers(1, 5)] });
    await settle(ledger, `${ROOT}.000000`, {
      1: "rejected(UNREGISTERED)",
      2: "unknown",
      3: "cancelled",
      4: "expired",
    });
    await ledger.stopRange(ROOT, 7);
  });
});

const on = (...args: string[]) => fanfare([...args, "--data", folder]);
const row = (number: number, outcome: string, code = "") => {
  const { path, kind, address } = makeMember(number);
  return `${path},${kind},${address},${outcome},${code}\n`;
};

describe("a member is listed once", () => {
  test.concurrent.each([
    ["reached", row(0, "accepted"), ""],
    ["unknown", row(2, "unknown"), ""],
    [
      "unreached",
      row(1, "rejected", "UNREGISTERED") +
        row(3, "cancelled") +
        row(4, "expired") +
        row(5, "open") +
        row(6, "unresolved", ROOT),
      `${ROOT} is stopped: about 7 registrations were not resolved\n`,
    ],
    [
      "failures",
      row(1, "rejected", "UNREGISTERED") + row(2, "unknown") + row(3, "cancelled") + row(4, "expired"),
      "",
    ],
  ])("by fanfare %s", async (command, rows, stderr) => {
    expect(await on(command, BROADCAST.id)).toEqual({ code: 0, stdout: HEAD + rows, stderr });
  });
});

test.concurrent("in the form that is asked for", async () => {
  const { path, kind, address } = makeMember(0);
  const line = `${JSON.stringify({ path, kind, address, outcome: "accepted", code: "" })}\n`;
  expect((await on("reached", BROADCAST.id, "--format", "ndjson")).stdout).toBe(line);
  const refused = await on("unreached", BROADCAST.id, "--format", "xml");
  expect(refused).toEqual({ code: 2, stdout: "", stderr: "--format: must be csv or ndjson\n" });
});
