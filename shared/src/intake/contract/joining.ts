import { expect, test } from "vitest";
import { documentKey } from "../../domain/ids.ts";
import type { ContractIntake } from "../contract.ts";
import type { Batch } from "../index.ts";
import { EVER, indexesOf, makeDocumentId, makeMember, makeMembers, namesOf } from "./members.ts";

export function describeJoining(opened: () => ContractIntake): void {
  const join = (...request: Parameters<typeof makeMember>) => opened().intake.join(makeMember(...request));

  test("a batch comes together, whatever the order, and every document finds it", async () => {
    const [first, second, third] = [makeMember("a", 2, 3), makeMember("a", 0, 3), makeMember("a", 1, 3)];
    const { intake, other, advance } = opened();
    expect(await intake.batchOf(first.document)).toBeNull();
    const opening = await intake.join(first);
    expect(opening).toEqual({
      key: documentKey(first.document),
      print: first.print,
      size: 3,
      documents: { 2: first.document },
      state: "waiting",
      joinedAt: expect.any(Number),
    });
    await advance(1_000);
    const next = await other.join(second);
    expect(next).toMatchObject({ key: opening.key, state: "waiting" });
    expect(next.joinedAt).toBeGreaterThanOrEqual(opening.joinedAt + 1_000);
    const whole = await intake.join(third);
    expect(whole).toMatchObject({ key: opening.key, state: "complete" });
    expect(whole.documents).toEqual({ 0: second.document, 1: third.document, 2: first.document });
    for (const { document } of [first, second, third]) expect(await other.batchOf(document)).toEqual(whole);
  });

  test("one that is to be alone is complete at once", async () => {
    const { key, ...batch } = await join("a", 0, 1);
    expect(batch).toMatchObject({ size: 1, state: "complete" });
    expect((await join("b", 0, 1)).key).not.toBe(key);
    expect(await opened().intake.waiting(EVER, 5)).toEqual([]);
  });

  test("a document that comes again is in the batch that it was in, whatever it says by now", async () => {
    const { intake, advance } = opened();
    const { document } = makeMember("a", 0, 2);
    const first = await join("a", 0, 2);
    await advance(1_000);
    expect(await join("a", 0, 2)).toEqual(first);
    for (const changed of [{ print: "another" }, { index: 1 }, { size: 1 }])
      expect(await intake.join({ ...makeMember("a", 0, 2), ...changed })).toEqual(first);
    const whole = await join("a", 1, 2);
    expect(await join("a", 0, 2)).toEqual(whole);
    expect(await intake.join({ print: "another", index: 0, size: 1, document })).toEqual(whole);
    expect(namesOf(whole)).toEqual(["a0", "a1"]);
  });

  test("one that is written anew under its path is another", async () => {
    const anew = makeDocumentId("a0", { createdAt: 1_800_000_000_123_457 });
    const first = await join("a", 0, 2);
    const second = await join("a", 0, 2, { document: anew });
    expect(second.key).not.toBe(first.key);
    expect((await join("b", 1, 2)).documents[0]).toEqual(makeDocumentId("a0"));
    expect((await join("c", 1, 2)).documents[0]).toEqual(anew);
  });

  test("batches are told apart by print and size", async () => {
    await join("a", 0, 2);
    await join("b", 0, 2, { print: "another" });
    await join("c", 0, 3);
    expect(namesOf(await join("b", 1, 2, { print: "another" }))).toEqual(["b0", "b1"]);
    expect(namesOf(await join("c", 1, 3))).toEqual(["c0", "c1"]);
    expect(namesOf(await join("a", 1, 2))).toEqual(["a0", "a1"]);
  });

  test("a path of any other collection is kept as it is", async () => {
    const paths = ["ff_push_notifications/x", "c/x", "/a/x", "users/ü/own/x"];
    for (const [index, path] of paths.entries())
      await join("", index, 5, { document: { path, createdAt: index } });
    const batch = await opened().intake.batchOf({ path: "c/x", createdAt: 1 });
    expect(Object.values(batch?.documents ?? {})).toEqual(
      paths.map((path, createdAt) => ({ path, createdAt })),
    );
  });

  test("many at once come together, each twice and in two processes", async () => {
    const { intake, other } = opened();
    const members = makeMembers("a", 30);
    const calls = members.flatMap((member) => [intake.join(member), other.join(member)]);
    const batches = await Promise.all(calls);
    expect(new Set(batches.map(({ key }) => key)).size).toBe(1);
    const found = await intake.batchOf(makeDocumentId("a7"));
    expect(found?.state).toBe("complete");
    expect(namesOf(found)).toEqual(members.map((_, index) => `a${index}`));
    expect(batches).toContainEqual(found);
  });

  test("two batches with one print that come at once have every index once", async () => {
    const { intake, other } = opened();
    const members = ["a", "b"].flatMap((name) => makeMembers(name, 8));
    await Promise.all(members.map((member, index) => (index % 3 ? intake : other).join(member)));
    const found = await Promise.all(members.map(({ document }) => other.batchOf(document)));
    const byKey = new Map(found.flatMap((batch) => (batch ? [[batch.key, batch] as [string, Batch]] : [])));
    expect([...byKey.values()].map(({ state }) => state)).toEqual(["complete", "complete"]);
    for (const batch of byKey.values()) expect(indexesOf(batch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const all = [...byKey.values()].flatMap(namesOf);
    expect(all.toSorted()).toEqual(members.map(({ document }) => document.path.split("/")[1]).toSorted());
  });

  test("a document that comes at once in two forms is in one batch", async () => {
    const { intake, other } = opened();
    const member = makeMember("a", 0, 2);
    const forms = [member, { ...member, print: "p" }, { ...member, size: 3 }, { ...member, print: "q" }];
    const batches = await Promise.all(forms.flatMap((form) => [intake.join(form), other.join(form)]));
    for (const batch of batches) expect(batch).toEqual(batches[0]);
    expect(await intake.waiting(EVER, 5)).toEqual([batches[0]]);
  });
}
