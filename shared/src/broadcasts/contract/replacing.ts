import { expect, test } from "vitest";
import { makeBroadcast } from "../../testing/records.ts";
import { type Broadcasts, update } from "../index.ts";

export function describeReplacing(broadcasts: () => Broadcasts): void {
  test("a write is stored under the next version", async () => {
    const made = makeBroadcast("one");
    await broadcasts().create(made);
    expect(await broadcasts().replace({ ...made, fault: "first" })).toBe("written");
    expect(await broadcasts().get(made.id)).toEqual({ ...made, fault: "first", version: 2 });
    expect(await broadcasts().replace({ ...made, version: 2, fault: "second" })).toBe("written");
    expect(await broadcasts().get(made.id)).toEqual({ ...made, fault: "second", version: 3 });
  });

  test("a field that is left out is gone", async () => {
    const made = makeBroadcast("gate", { gates: { held: { reason: "r", by: "b", at: 1 } }, fault: "f" });
    await broadcasts().create(made);
    const { fault: _, ...rest } = made;
    await broadcasts().replace({ ...rest, gates: {} });
    expect(await broadcasts().get(made.id)).toEqual({ ...rest, gates: {}, version: 2 });
  });

  test("a write decided on an older version is lost, and so is the same write again", async () => {
    const made = makeBroadcast("one");
    await broadcasts().create(made);
    const first = { ...made, fault: "first" };
    await broadcasts().replace(first);
    expect(await broadcasts().replace({ ...made, fault: "late" })).toBe("lost");
    expect(await broadcasts().replace(first)).toBe("lost");
    expect(await broadcasts().get(made.id)).toEqual({ ...first, version: 2 });
  });

  test("a write that names a version nobody has made yet is lost", async () => {
    const made = makeBroadcast("one");
    await broadcasts().create(made);
    expect(await broadcasts().replace({ ...made, version: 2 })).toBe("lost");
    expect(await broadcasts().get(made.id)).toEqual(made);
  });

  test("a write to a missing broadcast is lost and creates none", async () => {
    const missing = makeBroadcast("missing");
    expect(await broadcasts().replace(missing)).toBe("lost");
    expect(await broadcasts().get(missing.id)).toBeNull();
  });

  test("of many writes at once on one version one is written", async () => {
    const made = makeBroadcast("race");
    await broadcasts().create(made);
    const rivals = Array.from({ length: 8 }, (_, index) => ({ ...made, fault: `rival ${index}` }));
    const results = await Promise.all(rivals.map((rival) => broadcasts().replace(rival)));
    const winners = rivals.filter((_, index) => results[index] === "written");
    expect(winners).toHaveLength(1);
    expect(await broadcasts().get(made.id)).toEqual({ ...winners[0], version: 2 });
  });

  test("updates at once all take effect, each on the one before", async () => {
    const made = makeBroadcast("counter", { fault: "0" });
    await broadcasts().create(made);
    const addOne = () =>
      update(broadcasts(), made.id, (current) => ({ ...current, fault: String(Number(current.fault) + 1) }));
    const results = await Promise.all(Array.from({ length: 5 }, addOne));
    expect(await broadcasts().get(made.id)).toEqual({ ...made, fault: "5", version: 6 });
    expect(results.map((result) => result?.fault).sort()).toEqual(["1", "2", "3", "4", "5"]);
    expect(results.map((result) => result?.version).sort()).toEqual([2, 3, 4, 5, 6]);
  });

  test("an update that finds nothing to do writes nothing and returns what is there", async () => {
    const made = makeBroadcast("one");
    await broadcasts().create(made);
    expect(await update(broadcasts(), made.id, () => null)).toEqual(made);
    expect(await broadcasts().get(made.id)).toEqual(made);
    expect(await update(broadcasts(), makeBroadcast("missing").id, (current) => current)).toBeNull();
  });
}
