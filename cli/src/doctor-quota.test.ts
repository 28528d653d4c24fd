import { inStore, makeFolder } from "@fanfare/local/testing/folder";
import { checkQuota } from "@fanfare/shared/operations/doctor/quota";
import { makeSender } from "@fanfare/shared/senders/contract";
import { PROBE_MS } from "@fanfare/shared/senders/pauses";
import { START } from "@fanfare/shared/testing/clock";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { createStore } from "@fanfare/shared/testing/store";
import { describe, expect, test } from "vitest";
import { fanfare } from "./testing/fanfare.ts";

const MINUTE_MS = 60_000;
const { id: ID } = makeBroadcast("patient");

describe("a wait that FCM asked all senders for", () => {
  test("is told with its end by the reader's clock, and is over then", async () => {
    const store = createStore();
    const found = () => checkQuota({ ...store, now: store.now(), patienceMs: 0, clockHelp: "" });
    await store.senders.announce(makeSender("s", 1, { pauseMs: MINUTE_MS + PROBE_MS, probes: true }));
    await store.advance(10_000);
    const end = new Date(START + MINUTE_MS);
    const two = (part: number) => String(part).padStart(2, "0");
    const message = `FCM asked everybody to wait until ${two(end.getHours())}:${two(end.getMinutes())}`;
    const doThis = expect.stringContaining("FANFARE_QUOTA_PER_MINUTE");
    expect(await found()).toEqual([{ check: "quota", ok: false, message, doThis }]);
    await store.advance(50_000);
    expect(await found()).toMatchObject([{ check: "quota", ok: true }]);
    await store.close();
  });

  test("is told by the command, of a broadcast under way", async () => {
    const folder = makeFolder();
    const { id: over } = makeBroadcast("over");
    await inStore(folder, async ({ broadcasts, senders }) => {
      await broadcasts.create(makeBroadcast("patient"));
      await broadcasts.create(makeBroadcast("over", { phase: "succeeded" }));
      await senders.announce(makeSender("s", 1, { pauseMs: 4 * MINUTE_MS }));
    });
    const status = (...args: string[]) => fanfare(["status", ...args, "--data", folder]);
    expect((await status(ID)).stdout).toMatch(/\nFCM asked everybody to wait until \d\d:\d\d\.\n/);
    const until = Date.parse(JSON.parse((await status(ID, "--json")).stdout).waitsUntil);
    expect(until - Date.now()).toBeGreaterThan(0);
    expect(until - Date.now()).toBeLessThanOrEqual(4 * MINUTE_MS);
    expect(JSON.parse((await status(over, "--json")).stdout)).toMatchObject({ waitsUntil: null });
  });
});
