import { rangeId } from "@fanfare/shared/domain/ids";
import { afterEach, expect, test } from "vitest";
import { resolveRange } from "./resolve-range.ts";
import { createBench } from "./testing/bench.ts";

const bench = createBench();
afterEach(() => bench.store.close());

test("a resolver that ends finishes its page and hands the rest to the next, at once", async () => {
  const addresses = await bench.register(4_500);
  const { id } = await bench.start("drained");
  const ending = { ...bench.deps, draining: AbortSignal.abort() };
  expect(await resolveRange(ending, rangeId(id, 0))).toBe("handed-back");
  expect(await bench.store.ledger.ranges(id)).toMatchObject([{ state: "open", made: 4 }]);
  expect(await bench.store.ledger.hints(10)).toEqual([{ kind: "range", id: rangeId(id, 0) }]);

  expect(await resolveRange(bench.deps, rangeId(id, 0))).toBe("closed");
  expect((await bench.chunksOf(id)).flat()).toEqual(addresses);
});
