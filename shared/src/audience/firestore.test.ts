import { expect, test } from "vitest";
import { createFirestoreBroadcasts } from "../broadcasts/firestore.ts";
import { type RangeId, rangeId } from "../domain/ids.ts";
import { noCounts } from "../domain/plan-chunks.ts";
import { EVERYTHING, type Span } from "../domain/range.ts";
import { claimRange, settle } from "../ledger/contract/steps.ts";
import { createFirestoreLedger } from "../ledger/firestore.ts";
import { createFirestoreRegistrations } from "../registrations/firestore.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { openFreshFirestore } from "../testing/firestore.ts";
import { makeBroadcast, makeMember, makeMembers } from "../testing/records.ts";
import { listAudience, rangesOf } from "./list-members.ts";
import { type AudienceDeps, readAudience } from "./read-audience.ts";

const SOURCE = makeBroadcast("source");
const [ROOT, LEFT, RIGHT] = [0, 1, 2].map((index) => rangeId(SOURCE.id, index)) as [
  RangeId,
  RangeId,
  RangeId,
];
const addressOf = (number: number) => makeMember(number).address;

describeOnEmulators("an audience on Firestore", ["firestore"], () => {
  /** Cut in two: members 0 to 4 to the left, 5 and 6 to the right, which then died before 7 and 8. */
  async function prepare() {
    const firestore = openFreshFirestore();
    const ledger = createFirestoreLedger(firestore);
    const deps = {
      broadcasts: createFirestoreBroadcasts(firestore),
      registrations: createFirestoreRegistrations(firestore),
      ledger,
    };
    await deps.broadcasts.create(SOURCE);
    await deps.registrations.put([7, 8].map((number) => ({ ...makeMember(number), deviceType: "iOS" })));
    await ledger.openRoot(SOURCE.id);
    const root = await claimRange(ledger, ROOT);
    await ledger.cutRange(ROOT, root.epoch, [addressOf(4)]);
    await ledger.closeRange(ROOT, root.epoch, noCounts());
    const [left, right] = [await claimRange(ledger, LEFT), await claimRange(ledger, RIGHT)];
    const page = { counts: noCounts(), published: 0 };
    const [first, second] = [
      { ...page, from: "", cursor: addressOf(4), chunks: [makeMembers(3), makeMembers(2, 3)] },
      { ...page, from: addressOf(4), cursor: addressOf(6), chunks: [makeMembers(2, 5)] },
    ];
    await ledger.addPage(LEFT, left.epoch, first);
    await ledger.closeRange(LEFT, left.epoch, noCounts());
    await ledger.addPage(RIGHT, right.epoch, second);
    await ledger.releaseRange(RIGHT, right.epoch, 0);
    await ledger.buryRange(RIGHT, 0, 2);
    await settle(ledger, `${LEFT}.000000`, { 1: "expired" });
    await settle(ledger, `${LEFT}.000001`);
    await settle(ledger, `${RIGHT}.000000`, { 0: "expired", 1: "cancelled" });
    return { deps, close: () => firestore.terminate() };
  }

  async function readEarlier(deps: AudienceDeps, who: "seen" | "retryable", span: Span): Promise<unknown[]> {
    const { batches } = readAudience(deps, { of: { broadcasts: [SOURCE.id], who } }, span);
    return (await Array.fromAsync(batches)).flat().map(({ address }) => address);
  }

  test("is listed whole, and members are read by what came of them", async () => {
    const { deps, close } = await prepare();
    const listed = await Array.fromAsync(listAudience(deps, SOURCE, await rangesOf(deps.ledger, SOURCE)));
    const outcomes = ["accepted", "expired", "accepted", "accepted", "accepted", "expired", "cancelled"];
    expect(listed.map(({ address, outcome }) => [address, outcome])).toEqual(
      [...outcomes, "unresolved", "unresolved"].map((outcome, number) => [addressOf(number), outcome]),
    );
    expect(await readEarlier(deps, "seen", EVERYTHING)).toEqual([0, 2, 3, 4].map(addressOf));
    expect(await readEarlier(deps, "retryable", EVERYTHING)).toEqual([1, 5, 7, 8].map(addressOf));
    const span = { after: addressOf(1), upTo: addressOf(7) };
    expect(await readEarlier(deps, "retryable", span)).toEqual([5, 7].map(addressOf));
    await close();
  });
});
