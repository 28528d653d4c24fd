import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { expect, test } from "vitest";
import { push } from "./push.ts";

describeOnEmulators("the bench of what is pushed", ["firestore", "pubsub"], () => {
  test("hosts the sender both ways, and each reaches every device", { timeout: 120_000 }, async () => {
    const { rounds } = await push({ json: true, rounds: 1, devices: 60 });
    expect(Math.min(...rounds.own, ...rounds.framework)).toBeGreaterThan(0);
    expect(rounds).toEqual({ own: [expect.any(Number)], framework: [expect.any(Number)] });
  });
});
