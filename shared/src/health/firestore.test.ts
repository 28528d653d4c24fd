import { expect, test } from "vitest";
import { describeOnEmulators } from "../testing/emulators.ts";
import { openFreshFirestore } from "../testing/firestore.ts";
import { describeHealthContract } from "./contract.ts";
import { createFirestoreHealth } from "./firestore.ts";

describeOnEmulators("health on Firestore", ["firestore"], () => {
  describeHealthContract("Firestore", async () => {
    const firestore = openFreshFirestore();
    let skewMs = 0;
    return {
      health: createFirestoreHealth(firestore, { skewMs: () => skewMs }),
      async advance(ms) {
        skewMs += ms;
      },
      close: () => firestore.terminate(),
    };
  });

  test("a clock step expires as a letter does", async () => {
    const firestore = openFreshFirestore();
    const health = createFirestoreHealth(firestore, { prefix: "push_", retentionDays: 2 });
    await health.noteClockStep({ service: "sender", stepMs: 900_000 });
    const [document] = (await firestore.collection("push_clock_steps").get()).docs;
    expect(document?.data()).toMatchObject({ v: 1, service: "sender", stepMs: 900_000 });
    expect(document?.get("expiresAt").toMillis() - document?.get("at").toMillis()).toBe(2 * 86_400_000);
    await firestore.terminate();
  });

  test("a letter shows people what it is about, and expires", async () => {
    const firestore = openFreshFirestore();
    const health = createFirestoreHealth(firestore, { prefix: "push_", retentionDays: 2 });
    await health.noteDeadLetter({ messageId: "m", subscription: "resolver.due", reason: "r", about: "b1" });
    const [document] = (await firestore.collection("push_dead_letters").get()).docs;
    expect(document?.data()).toMatchObject({ v: 1, subscription: "resolver.due", reason: "r", about: "b1" });
    expect(document?.get("expiresAt").toMillis() - document?.get("at").toMillis()).toBe(2 * 86_400_000);
    await firestore.terminate();
  });
});
