import { afterEach, beforeEach, expect, test } from "vitest";
import { createFirestoreBroadcasts } from "../broadcasts/firestore.ts";
import type { Firestore } from "../google/firestore.ts";
import { describeOnEmulators } from "../testing/emulators.ts";
import { openFreshFirestore, recordSent } from "../testing/firestore.ts";
import { describeWithWrongClock } from "../testing/wrong-clock.ts";
import {
  BROADCAST,
  chunkOf,
  claimChunk,
  claimRange,
  makePage,
  NO_COUNTS,
  openOf,
  plan,
  ROOT,
  settle,
} from "./contract/steps.ts";
import { describeLedgerContract } from "./contract.ts";
import { createFirestoreLedger } from "./firestore.ts";
import type { Ledger } from "./index.ts";
import { LEDGER_TIMING } from "./timing.ts";

const ID = chunkOf(0);

describeOnEmulators("the ledger on Firestore", ["firestore"], () => {
  describeWithWrongClock(() => {
    // Leases of real length: time passes by moving the store's clock, so that a slow machine cannot run one out.
    describeLedgerContract(
      "Firestore",
      async (timing) => {
        const firestore = openFreshFirestore();
        let skewMs = 0;
        return {
          ledger: createFirestoreLedger(firestore, timing, { skewMs: () => skewMs }),
          broadcasts: createFirestoreBroadcasts(firestore),
          async advance(ms) {
            skewMs += ms;
          },
          close: () => firestore.terminate(),
        };
      },
      LEDGER_TIMING,
    );
  });

  let firestore: Firestore;
  let ledger: Ledger;
  beforeEach(() => {
    firestore = openFreshFirestore();
    ledger = createFirestoreLedger(firestore);
  });
  afterEach(() => firestore.terminate());

  test("only a claim reads members, and nobody reads progress to write it", async () => {
    await plan(ledger, [5]);
    const sent = recordSent(firestore);
    const masks = () => {
      const reads = sent.splice(0).filter(({ method }) => method === "batchGetDocuments");
      return reads.flatMap(
        ({ request }) => (request as { mask?: { fieldPaths: string[] } }).mask?.fieldPaths ?? ["all"],
      );
    };
    const { epoch } = await claimChunk(ledger, ID);
    expect(masks()).toEqual(expect.arrayContaining(["members", "progress"]));
    await ledger.renewChunk(ID, epoch);
    await ledger.countRepeats(ID, epoch, 1);
    await ledger.noteProgress(ID, epoch, openOf([1]));
    await ledger.settleChunk(ID, epoch, openOf([]));
    await ledger.complete(BROADCAST);
    const read = masks();
    expect(read).toContain("epoch");
    for (const field of ["members", "progress", "all"]) expect(read).not.toContain(field);
  });

  test("what is over leaves the indexes of what is due and leased, and expires", async () => {
    const epoch = await plan(ledger, [1]);
    const broadcast = firestore.doc(`fanfare_broadcasts/${BROADCAST}`);
    const chunk = broadcast.collection("fanfare_chunks").doc(ID);
    const claim = await claimChunk(ledger, ID);
    expect(await chunk.get().then((snapshot) => Object.keys(snapshot.data() ?? {}))).toEqual(
      expect.arrayContaining(["hintAt", "leaseUntil"]),
    );
    await ledger.settleChunk(ID, claim.epoch, openOf([]));
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    for (const ref of [chunk, broadcast.collection("fanfare_ranges").doc(ROOT)]) {
      const fields = Object.keys((await ref.get()).data() ?? {});
      expect(fields).toContain("expiresAt");
      expect(fields).not.toContain("hintAt");
      expect(fields).not.toContain("leaseUntil");
    }
  });

  test("a chunk's life is a read and a write a step", async () => {
    await ledger.openRoot(BROADCAST);
    const { epoch } = await claimRange(ledger);
    const sent = recordSent(firestore);
    const methods = () => sent.splice(0).map(({ method }) => method);
    await ledger.addPage(ROOT, epoch, makePage([500, 500, 500, 500]));
    expect(methods()).toEqual(["batchGetDocuments", "commit"]);
    const claim = await claimChunk(ledger, ID);
    expect(methods()).toEqual(["batchGetDocuments", "commit"]);
    await ledger.settleChunk(ID, claim.epoch, openOf([]));
    expect(methods()).toEqual(["batchGetDocuments", "commit"]);
    expect(await ledger.complete(BROADCAST)).toBe(false);
    expect(methods()).toEqual(["runQuery"]);
    for (const sequence of [1, 2, 3]) await settle(ledger, chunkOf(sequence));
    await ledger.closeRange(ROOT, epoch, NO_COUNTS);
    sent.length = 0;
    expect(await ledger.complete(BROADCAST)).toBe(true);
    expect(methods()).toEqual(["runQuery", "batchGetDocuments", "runQuery", "runQuery"]);
  });
});
