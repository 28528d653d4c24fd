import { expect, test } from "vitest";
import type { Broadcast } from "../../domain/broadcast.ts";
import { makeBroadcast } from "../../testing/records.ts";
import type { Broadcasts } from "../index.ts";

/** A record with every field in use. */
const FULL: Broadcast = makeBroadcast("full", {
  content: {
    title: "Grüße 👋🏽",
    text: "Zeile\nzwei \u0001",
    image: "https://example.com/a.png",
    sound: "default",
    initialPage: "Offer",
    parameterData: '{"id":7}',
    data: { "key.with/odd`chars": "値", __name: "" },
    ttlSeconds: 0,
    priority: "high",
    collapseId: "offer",
    badge: 3,
    channel: "news",
  },
  audience: { platforms: ["ios", "web"], users: ["users/a", "users/Grüße 👋🏽"] },
  onCrash: "miss",
  phase: "failed",
  gates: { held: { reason: "payload", by: "sender", at: 5 } },
  finishedAt: 1_800_000_100_000,
  owes: ["finished", "prune"],
  fault: "FCM accepted no message",
  books: {
    resolved: 10,
    accepted: 0,
    rejected: { UNREGISTERED: 7, "odd.code/1": 1 },
    expired: 1,
    cancelled: 1,
    unknown: 0,
    open: 0,
    possibleRepeats: 2,
    withoutAddress: 3,
    late: 4,
    unresolvedAbout: 5,
  },
  pruning: { state: "withheld", reason: "beyond belief", hintAt: 6, cursor: "c" },
});

export function describeCreating(broadcasts: () => Broadcasts): void {
  test("what was created is read, every field of it", async () => {
    expect(await broadcasts().create(FULL)).toEqual({ kind: "created" });
    expect(await broadcasts().get(FULL.id)).toEqual(FULL);
  });

  test("a missing broadcast is null", async () => {
    await broadcasts().create(makeBroadcast("there"));
    expect(await broadcasts().get(makeBroadcast("missing").id)).toBeNull();
  });

  test.each(["", "__x__", ".", "a/b", "a\ud83d", "x".repeat(1_501)])(
    "no broadcast has the id %j",
    async (id) => {
      expect(await broadcasts().get(id)).toBeNull();
    },
  );

  test("a second one under the same id is not written, and the first is shown", async () => {
    const first = makeBroadcast("twice");
    const second = { ...first, version: 9, fingerprint: "another", content: { title: "x", text: "y" } };
    await broadcasts().create(first);
    expect(await broadcasts().create(second)).toEqual({ kind: "existing", existing: first });
    expect(await broadcasts().get(first.id)).toEqual(first);
  });

  test("the one shown is as it is now, not as it was made", async () => {
    const made = makeBroadcast("changed");
    await broadcasts().create(made);
    await broadcasts().replace({ ...made, phase: "cancelled" });
    const existing = { ...made, phase: "cancelled", version: 2 };
    expect(await broadcasts().create(made)).toEqual({ kind: "existing", existing });
  });

  test("of many at once under one id one is created, and all the others are shown that one", async () => {
    const rivals = Array.from({ length: 8 }, (_, index) =>
      makeBroadcast("race", { fingerprint: `rival ${index}` }),
    );
    const results = await Promise.all(rivals.map((rival) => broadcasts().create(rival)));
    const winners = rivals.filter((_, index) => results[index]?.kind === "created");
    expect(winners).toHaveLength(1);
    const others = results.filter((result) => result.kind === "existing");
    expect(others).toEqual(Array(7).fill({ kind: "existing", existing: winners[0] }));
    expect(await broadcasts().get(rivals[0]?.id ?? "")).toEqual(winners[0]);
  });
}
