import type { DocumentId } from "@fanfare/shared/domain/broadcast";
import { runsOf } from "@fanfare/shared/testing/runs";
import { createStore } from "@fanfare/shared/testing/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createTaking, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { takeDocument } from "./take-document.ts";

/** Whatever is done to a document, and however its events come, what is scheduled in the end is what it says. */

const PATH = "ff_push_notifications/one";
const HOUR_MS = 3_600_000;

type Step =
  /** Writes the document with another title, time and status. */
  | { kind: "write"; hours: number; status: string }
  | { kind: "remove" }
  /** Lets one of the events that were not lost come, while others are still being handled. */
  | { kind: "tell"; which: number; again: boolean }
  /** Lets all that is being handled come to its end. */
  | { kind: "rest" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      hours: fc.integer({ min: 1, max: 9 }),
      status: fc.constantFrom("started", "started", "draft", "cancelled", "failed"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rest" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("tell" as const), which: fc.nat(20), again: fc.boolean() }),
  },
);

test("events that come late, twice, at once and in any order leave what the document says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.scheduler(),
      async (steps, scheduler) => {
        const store = createStore();
        try {
          await play(store, steps, scheduler);
        } finally {
          await store.close();
        }
      },
    ),
    { numRuns: runsOf(300) },
  );
});

async function play(store: ReturnType<typeof createStore>, steps: readonly Step[], scheduler: fc.Scheduler) {
  const taking = createTaking(store);
  const { documents, broadcasts } = taking.deps;
  const deps = {
    ...taking.deps,
    documents: { ...documents, get: scheduler.scheduleFunction(documents.get) },
    broadcasts: {
      ...broadcasts,
      get: scheduler.scheduleFunction(broadcasts.get),
      create: scheduler.scheduleFunction(broadcasts.create),
      replace: scheduler.scheduleFunction(broadcasts.replace),
    },
  };
  const waiting: DocumentId[] = [];
  const handling: Promise<unknown>[] = [];
  const tell = (event: DocumentId) => handling.push(takeDocument(deps, event));

  for (const [index, one] of steps.entries()) {
    if (one.kind === "rest") {
      await scheduler.waitFor(Promise.all(handling));
      continue;
    }
    if (one.kind === "tell") {
      const at = one.which % Math.max(1, waiting.length);
      const event = waiting[at];
      if (!event) continue;
      if (!one.again) waiting.splice(at, 1);
      tell(event);
      // Some of what is being handled gets on; the rest stays where it is.
      if (scheduler.count() > 0) await scheduler.waitOne();
      continue;
    }
    if (one.kind === "write") {
      const at = new Date(store.now() + one.hours * HOUR_MS).toISOString();
      const fields = {
        ...FROM_CONSOLE,
        notification_title: `Version ${index}`,
        scheduled_time: at,
        status: one.status,
      };
      waiting.push(await taking.write(PATH, fields));
    } else {
      const document = await documents.get(PATH);
      if (!document) continue;
      await documents.remove(PATH);
      waiting.push(document);
    }
    await store.advance(1);
  }
  for (const event of waiting) tell(event);
  await scheduler.waitFor(Promise.all(handling));

  const live = (await taking.broadcasts()).filter(({ phase }) => phase === "scheduled");
  const document = await documents.get(PATH);
  const said = live.map(({ content, dueAt }) => [content.title, new Date(dueAt).toISOString()]);
  const { notification_title: title, scheduled_time: at, status } = document?.fields ?? {};
  expect(said).toEqual(status === "started" ? [[title, at]] : []);
}
