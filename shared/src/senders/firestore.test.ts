import { afterEach, beforeEach, expect, test } from "vitest";
import type { Firestore } from "../google/firestore.ts";
import { describeOnEmulators, freshProject } from "../testing/emulators.ts";
import { beforeNextCommit, loseNextAnswer, openFreshFirestore, recordSent } from "../testing/firestore.ts";
import { shiftDate } from "../testing/shift-date.ts";
import { describeWithWrongClock } from "../testing/wrong-clock.ts";
import { describeSendersContract, makeSender } from "./contract.ts";
import { createFirestoreSenders } from "./firestore.ts";

describeOnEmulators("senders on Firestore", ["firestore"], () => {
  describeWithWrongClock(() => {
    describeSendersContract("Firestore", async () => {
      const firestore = openFreshFirestore();
      let skewMs = 0;
      return {
        senders: createFirestoreSenders(firestore, { skewMs: () => skewMs }),
        async advance(ms) {
          skewMs += ms;
        },
        close: () => firestore.terminate(),
      };
    });
  });

  let one: Firestore;
  let other: Firestore;
  beforeEach(() => {
    const project = freshProject();
    [one, other] = [openFreshFirestore(project), openFreshFirestore(project)];
  });
  afterEach(async () => {
    await Promise.all([one.terminate(), other.terminate()]);
  });

  const beatsOf = async (firestore: Firestore) =>
    (await createFirestoreSenders(firestore).look()).senders.map(({ beat }) => beat);

  test("a write that a later one overtook on its way is dropped", async () => {
    const [senders, faster] = [createFirestoreSenders(one), createFirestoreSenders(other)];
    await senders.announce(makeSender("a", 1));
    await senders.look();
    beforeNextCommit(one, () => faster.announce(makeSender("a", 3)));
    await senders.announce(makeSender("a", 2));
    expect(await beatsOf(one)).toEqual([3]);
  });

  test("a write whose answer was lost is made once", async () => {
    const senders = createFirestoreSenders(one);
    loseNextAnswer(one);
    await senders.announce(makeSender("a", 1));
    await senders.look();
    loseNextAnswer(one);
    await senders.announce(makeSender("a", 2));
    expect(await beatsOf(other)).toEqual([2]);
  });

  test("a sender that comes back while another sweeps its record away is not lost", async () => {
    const kept = createFirestoreSenders(one);
    await kept.announce(makeSender("a", 1));
    const late = createFirestoreSenders(other, { skewMs: () => 3_600_000 });
    beforeNextCommit(other, () => kept.announce(makeSender("a", 2)));
    await late.look();
    expect(await beatsOf(one)).toEqual([2]);
  });

  test("a heartbeat reads every record once, and its own not again before it writes", async () => {
    const senders = createFirestoreSenders(one);
    await senders.announce(makeSender("a", 1));
    await senders.look();
    const sent = recordSent(one);
    await senders.announce(makeSender("a", 2));
    await senders.look();
    expect(sent.map(({ method }) => method)).toEqual(["commit", "runQuery"]);
  });

  test("a document expires by itself where nobody looks any more, whatever this machine's clock says", async () => {
    using _ = shiftDate(-30 * 86_400_000);
    await createFirestoreSenders(one, { prefix: "push_" }).announce(makeSender("a", 1));
    const document = await one.doc("push_senders/a").get();
    expect(document.data()).toMatchObject({ v: 1, beat: 1 });
    const keptMs = document.get("expiresAt").toMillis() - (document.updateTime?.toMillis() ?? 0);
    expect(Math.round(keptMs / 3_600_000)).toBe(24);
  });
});
