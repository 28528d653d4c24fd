import { expect, test } from "vitest";
import type { ContractIntake } from "../contract.ts";
import { makeDocumentId } from "./members.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function describeFields(opened: () => ContractIntake): void {
  const note = (names: string[], name = "a") => opened().intake.noteFields(names, makeDocumentId(name));
  const namesNoted = async () => (await opened().other.fields()).map(({ name }) => name);

  test("unknown fields come by name, each with its document", async () => {
    await note(["x", "campaign", "x"]);
    await opened().other.noteFields(["b"], makeDocumentId("b"));
    const [at, a, b] = [expect.any(Number), makeDocumentId("a"), makeDocumentId("b")];
    expect(await opened().intake.fields()).toStrictEqual([
      { name: "b", path: b.path, at },
      { name: "campaign", path: a.path, at },
      { name: "x", path: a.path, at },
    ]);
  });

  test("of a name the latest document is kept, written once an hour", async () => {
    const { intake, other, advance } = opened();
    const pathNoted = async () => (await intake.fields())[0]?.path;
    await note(["x"], "a");
    await advance(HOUR / 2);
    await Promise.all([note(["x"], "b"), other.noteFields(["x"], makeDocumentId("c"))]);
    expect(await pathNoted()).toBe(makeDocumentId("a").path);
    await advance(HOUR / 2);
    await note(["x"], "d");
    expect(await pathNoted()).toBe(makeDocumentId("d").path);
  });

  test("no names are noted as nothing", async () => {
    await note([]);
    expect(await namesNoted()).toEqual([]);
  });

  test("a name that was not noted for thirty days is gone", async () => {
    const { advance } = opened();
    await note(["old"]);
    await advance(DAY);
    await note(["young"]);
    await advance(28 * DAY);
    expect(await namesNoted()).toEqual(["old", "young"]);
    await advance(DAY);
    expect(await namesNoted()).toEqual(["young"]);
  });

  test("names are cut, and of many the hundred noted last are kept", async () => {
    const many = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `n${from + n}`);
    await note(many(0, 60));
    await note(many(60, 120));
    expect(await namesNoted()).toEqual(many(20, 120).toSorted());
    await note([`${"y".repeat(99)}😀`, "y".repeat(200)]);
    expect((await namesNoted()).slice(-2)).toEqual(["y".repeat(100), `${"y".repeat(99)}\uFFFD`]);
    await note(Array.from({ length: 5_000 }, (_, index) => `z${index}`));
    expect(await namesNoted()).toHaveLength(100);
  });

  test("of many at once none is lost, in two processes", async () => {
    const { intake, other } = opened();
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    await Promise.all(
      names.map((name, index) => (index % 2 ? intake : other).noteFields([name], makeDocumentId(name))),
    );
    expect(await namesNoted()).toEqual(names.toSorted());
  });
}
