import { composeScheduler } from "@fanfare/scheduler/compose";
import { config as schedulerConfig } from "@fanfare/scheduler/config";
import { tick } from "@fanfare/scheduler/tick";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { certainClock } from "@fanfare/shared/clock";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { broadcastId } from "@fanfare/shared/domain/ids";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import { broadcastsDue } from "@fanfare/shared/events/broadcasts-due";
import { openGoogle } from "@fanfare/shared/google/open";
import { createLog } from "@fanfare/shared/hosting/log";
import { describeOnEmulators, freshProject } from "@fanfare/shared/testing/emulators";
import { makeBroadcast } from "@fanfare/shared/testing/records";
import { expect, test } from "vitest";
import { watchTopics } from "../testing/watch.ts";

const ROUNDS = 3;
const DUE = 200;

/**
 * A scheduler's parts on a store of its own, as in a process of its own. Its clock stands: a tick pays what another
 * made some seconds ago, and on a machine that is busy enough it would take living for dead.
 */
function openScheduler(project: string, now: number, closing: AsyncDisposableStack) {
  const config = schedulerConfig.parse({ FANFARE_PROJECT: project, FANFARE_CLOCK: "external" });
  const log = createLog("scheduler", "warn");
  const store = openGoogle(config, log);
  closing.defer(() => store.close());
  return { ...composeScheduler(config, store, certainClock, log), now: () => now };
}

function makeDue(dueAt: number): Broadcast[] {
  const createdAt = dueAt - 60_000;
  return Array.from({ length: DUE }, (_, index) =>
    makeBroadcast(`due ${index}`, { phase: "scheduled", createdAt, dueAt, releasedAt: null }),
  );
}

describeOnEmulators("two ticks at once", ["pubsub", "firestore"], () => {
  test.each(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
    `release each of ${DUE} broadcasts that are due once: round %i`,
    async () => {
      await using closing = new AsyncDisposableStack();
      const project = freshProject();
      await applyTopology({ project });
      const told = new Map<string, string>();
      const watch = await watchTopics(project, [broadcastsDue.topic], (_, { messageId, data }) => {
        told.set(messageId, broadcastsDue.decode(data).broadcastId);
      });
      closing.defer(() => watch.close());
      const now = Date.now();
      const [one, other] = [openScheduler(project, now, closing), openScheduler(project, now, closing)];
      const due = makeDue(now - 1_000);
      await Promise.all(due.map((broadcast) => one.broadcasts.create(broadcast)));

      const reports = await Promise.all([tick(one), tick(other)]);
      expect(reports[0].released + reports[1].released).toBe(DUE);
      const released = await Promise.all(due.map(({ id }) => one.broadcasts.get(id)));
      // Stored, released, its debt cleared: three writes.
      const expected = due.map((broadcast) => ({
        ...broadcast,
        phase: "running",
        releasedAt: now,
        asOf: expect.any(Number),
        endsAt: now + LONGEST_MS,
        version: 3,
      }));
      expect(released).toEqual(expected);

      // Nothing is to come any more: a message behind all others is there.
      const last = broadcastId("test", "last");
      await one.bus.publish(broadcastsDue.topic, [broadcastsDue.encode({ broadcastId: last })]);
      const ids = [...due.map(({ id }) => id), last];
      await expect.poll(() => new Set(told.values()), { timeout: 30_000 }).toEqual(new Set(ids));
      expect([...told.values()].toSorted(), "one message each").toEqual(ids.toSorted());
    },
  );
});
