import { afterEach, beforeEach, expect, test } from "vitest";
import { type Pipeline, startPipeline } from "./testing/pipeline.ts";
import { makePopulation } from "./testing/population.ts";

/** FlutterFlow's documents beside the functions that FlutterFlow generates: FCM checks them, and delivers nothing. */

const POPULATION = makePopulation(1_000, Date.now() - 86_400_000);
const PATH = "ff_push_notifications/sale";
const FIELDS = { notification_title: "Sale", notification_text: "Today only", target_audience: "All" };

let pipeline: Pipeline;
beforeEach(async () => {
  pipeline = await startPipeline();
  await pipeline.registrations.put(POPULATION.map(({ document }) => document));
});
afterEach(() => pipeline.close());

/** Takes the document, and waits for its broadcast's end. */
async function take(mode: "on" | "shadow") {
  const taken = await pipeline.take(PATH, mode);
  if (taken.kind !== "sent") throw new Error(taken.kind);
  return pipeline.finished(taken.broadcast.id);
}

test("a document is checked to the last address, compared with its answer, and then sent as it was checked", async () => {
  const { documents, intake, registrations, simulator } = pipeline;
  await documents.put([{ path: PATH, fields: { ...FIELDS, status: "started" } }]);
  const before = await registrations.size();

  const { books: checked } = await take("shadow");
  expect(simulator.control.stats()).toMatchObject({ accepted: 0, validated: checked?.resolved });
  expect(await registrations.size()).toBe(before);
  expect((await documents.get(PATH))?.fields.status).toBe("started");
  const [comparison] = await intake.comparisons(10);
  expect(comparison?.ours).toMatchObject({
    status: "succeeded",
    numSent: checked?.accepted,
    audience: checked?.resolved,
    rejected: checked?.rejected,
  });

  const { books: sent } = await take("on");
  expect(sent?.accepted).toBe(checked?.accepted);
  expect(simulator.control.stats()).toMatchObject({ addresses: checked?.accepted });
  expect((await documents.get(PATH))?.fields).toMatchObject({
    status: "succeeded",
    num_sent: checked?.accepted,
  });
  expect(await registrations.size()).toBeLessThan(before);
});
