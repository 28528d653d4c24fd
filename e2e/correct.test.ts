import { type Listed, listAudience, rangesOf } from "@fanfare/shared/audience/list-members";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import { cancel } from "@fanfare/shared/operations/cancel";
import { correct } from "@fanfare/shared/operations/correct";
import type { Registrations } from "@fanfare/shared/registrations";
import type { LogLine } from "@fanfare/simulator";
import { expect, onTestFinished, test } from "vitest";
import { halfway } from "./testing/halfway.ts";
import { type Pipeline, startPipeline } from "./testing/pipeline.ts";
import { makePopulation } from "./testing/population.ts";

const POPULATION = makePopulation(3_000, Date.now() - 86_400_000);
const AUDIENCE = new Set(POPULATION.flatMap(({ document }) => document.address ?? []));
const FIRST = { title: "Sale", text: "Today only" };
const SECOND = { ...FIRST, text: "Tomorrow, not today" };

/**
 * Whoever is unsure has got it: so the log says of each phone whether it shows the first. Gates are read once a second,
 * and what is in flight doubles with each answer's delay: so a stop comes long before the end.
 */
const FAULTS = { latency: { meanMs: 300, jitterMs: 50 }, error503After: 0.2 };

/** Keeps the end of the audience from being read until `open` is called: a stop finds it unresolved. */
function holdTheEnd() {
  const latch = Promise.withResolvers<void>();
  const wrap = (registrations: Registrations): Registrations => ({
    ...registrations,
    async *read(span, platforms) {
      if (span.upTo === null && span.after !== "") await latch.promise;
      yield* registrations.read(span, platforms);
    },
  });
  return { wrap, open: latch.resolve };
}

const logOf = (pipeline: Pipeline, id: string) =>
  new Map<string, LogLine>([...pipeline.simulator.control.log(id)].map((line) => [line.address, line]));

async function listAll(pipeline: Pipeline, id: string): Promise<Listed[]> {
  const broadcast = await pipeline.broadcasts.get(id);
  if (!broadcast) throw new Error("it is there");
  return Array.fromAsync(listAudience(pipeline, broadcast, await rangesOf(pipeline.ledger, broadcast)));
}

test("a broadcast that was cancelled in mid-send is corrected on the phones that show it, and on no other", async () => {
  const end = holdTheEnd();
  const pipeline = await startPipeline(FAULTS, Date.now, end.wrap);
  onTestFinished(() => pipeline.close());
  await pipeline.registrations.put(POPULATION.map(({ document }) => document));
  const { id } = await pipeline.submit({
    caller: "e2e",
    idempotencyKey: "wrong",
    content: FIRST,
    audience: "all",
  });
  await halfway(pipeline.simulator, 100);
  await cancel(pipeline, id, { by: "e2e", reason: "wrong day" });
  await pipeline.finished(id);
  end.open();

  const log = logOf(pipeline, id);
  const listed = await listAll(pipeline, id);
  expect(listed).toHaveLength(AUDIENCE.size);
  expect(new Set(listed.map(({ address }) => address))).toEqual(AUDIENCE);
  for (const { address, reach } of listed)
    expect([address, reach !== "unreached"]).toEqual([address, (log.get(address)?.accepted ?? 0) > 0]);
  expect(new Set(listed.map(({ outcome }) => outcome))).toEqual(
    new Set(["accepted", "unknown", "cancelled", "unresolved", "rejected"]),
  );

  pipeline.simulator.control.setFaults({ latency: { meanMs: 5, jitterMs: 5 } });
  const correction = await correct({ ...pipeline, longestMs: LONGEST_MS }, id, { text: SECOND.text }, "e2e");
  await pipeline.finished(correction.id);
  const shows = ({ title, text }: typeof FIRST) => [
    expect.objectContaining({ title, body: text, replaceKey: id }),
  ];
  for (const address of AUDIENCE) {
    const isSeen = (log.get(address)?.accepted ?? 0) > 0;
    const { android, ios } = pipeline.simulator.control.phone(address);
    expect([address, android, ios]).toEqual([
      address,
      ...(isSeen ? [shows(SECOND), shows(SECOND)] : [[], []]),
    ]);
  }
});
