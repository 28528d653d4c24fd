import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Broadcast, Gate } from "../domain/broadcast.ts";
import { InvalidInput } from "../errors.ts";
import { chunkOf, claimChunk, BROADCAST as ID, openOf, plan } from "../ledger/contract/steps.ts";
import { START } from "../testing/clock.ts";
import { makeBroadcast } from "../testing/records.ts";
import { createStore, type TestStore } from "../testing/store.ts";
import { resume } from "./resume.ts";

let store: TestStore;
beforeEach(() => {
  store = createStore();
});
afterEach(() => store.close());

const running: Broadcast = makeBroadcast("ledger");
const held = { reason: "payload", by: "sender", at: 5 };
const BY = { by: "ada" };
const stored = () => store.broadcasts.get(ID);

describe("resuming by accepting what FCM refuses", () => {
  const refused = { ...held, doubts: "CONTENT_REFUSED" };
  const ACCEPT = { acceptRefusals: true };

  test("rejects the members that it refuses, begins no trial, and is told in the audit", async () => {
    await store.broadcasts.create({ ...running, trial: 2, gates: { held: refused } });
    await plan(store.ledger, [1]);
    const { epoch } = await claimChunk(store.ledger, chunkOf(0));
    await store.ledger.parkChunk(chunkOf(0), epoch, openOf([0]));
    const who = { by: "ada", reason: "few" };
    expect(await resume(store, ID, "held", who, ACCEPT)).toMatchObject({ kind: "changed" });
    const accepts = [{ code: "CONTENT_REFUSED", reason: "payload", by: "ada", at: START }];
    expect(await stored()).toMatchObject({ gates: {}, owes: [], trial: 2, accepts });
    expect(await store.ledger.hints(10)).toEqual([{ kind: "chunk", id: chunkOf(0) }]);
    const open = { phase: "running", closed: [] };
    expect((await store.broadcasts.audit(ID)).at(-1)).toEqual({
      ...{ what: "accept", by: "ada", reason: "few", at: START },
      ...{ before: { ...open, closed: ["held"] }, after: open },
    });
  });

  test("accepts each code once, whatever was accepted before", async () => {
    const before = [{ code: "SENDER_ID_MISMATCH", by: "sender", at: 1 }];
    await store.broadcasts.create({ ...running, accepts: before, gates: { held: refused } });
    await Promise.all([1, 2, 3].map(() => resume(store, ID, "held", BY, ACCEPT)));
    expect(await resume(store, ID, "held", BY, ACCEPT)).toMatchObject({ kind: "unchanged" });
    const codes = (await stored())?.accepts?.map(({ code }) => code);
    expect(codes).toEqual(["SENDER_ID_MISMATCH", "CONTENT_REFUSED"]);
  });

  test.each<[string, Partial<Gate>, "held" | "paused", RegExp]>([
    [
      "a refused credential",
      { doubts: "CREDENTIAL_REFUSED" },
      "held",
      /the credential is refused \(payload\)/,
    ],
    ["another fault", {}, "held", /it is not held for refused messages \(payload\)/],
    ["a pause", { reason: undefined }, "paused", /it is not held for refused messages;/],
  ])("changes nothing where it was closed for %s, and says why", async (_, fields, gate, why) => {
    const broadcast = { ...running, gates: { [gate]: { ...held, ...fields } } };
    await store.broadcasts.create(broadcast);
    const refusal = await resume(store, ID, gate, BY, ACCEPT).catch((error) => error);
    expect(refusal).toBeInstanceOf(InvalidInput);
    expect(refusal.problems).toEqual([{ field: "acceptRefusals", message: expect.stringMatching(why) }]);
    expect(await stored()).toEqual(broadcast);
  });
});
