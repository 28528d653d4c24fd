import { expect, test } from "vitest";
import type { ContractIntake } from "../contract.ts";
import type { CheckedDocument } from "../index.ts";
import { makeDocumentId } from "./members.ts";

const THEIRS = { status: "succeeded", numSent: 12 };
const OURS: CheckedDocument = {
  status: "failed",
  error: "no audience",
  audience: 3,
  rejected: { UNREGISTERED: 2 },
  withoutAddress: 1,
  notes: ["Two devices share an address."],
};

export function describeNoting(opened: () => ContractIntake): void {
  const withoutTime = <T extends { at: number }>(all: T[]) => all.map(({ at: _, ...rest }) => rest);

  test("refusals come the latest first, each once", async () => {
    const { intake, other, advance } = opened();
    const [a, b] = [makeDocumentId("a"), makeDocumentId("b")];
    const again = makeDocumentId("a", { createdAt: 5 });
    const refusals = [
      { ...a, reason: "too many", sender: "users/u" },
      { ...b, reason: "no sender" },
      { ...again, reason: "too old", left: true as const },
    ];
    for (const refusal of refusals) {
      await intake.noteRefusal(refusal);
      await advance(1_000);
    }
    await other.noteRefusal({ ...a, reason: "told again" });
    const found = await other.refusals(5);
    expect(withoutTime(found)).toStrictEqual(refusals.toReversed());
    const times = found.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((one, two) => two - one));
    expect(await intake.refusals(2)).toEqual(found.slice(0, 2));
  });

  test("a refusal noted by two at once is one", async () => {
    const { intake, other } = opened();
    const refusal = { ...makeDocumentId("a"), reason: "r", sender: undefined };
    await Promise.all([intake.noteRefusal(refusal), other.noteRefusal(refusal)]);
    expect(await intake.refusals(5)).toMatchObject([{ reason: "r" }]);
  });

  test("the parts of a comparison come together, whoever notes them", async () => {
    const { intake, other } = opened();
    const document = makeDocumentId("a");
    await Promise.all([
      intake.noteComparison(document, { theirs: THEIRS }),
      other.noteComparison(document, { ours: OURS }),
    ]);
    expect(withoutTime(await intake.comparisons(5))).toStrictEqual([
      { ...document, theirs: THEIRS, ours: OURS },
    ]);
    await other.noteComparison(document, { theirs: { status: "failed" } });
    expect(withoutTime(await intake.comparisons(5))).toStrictEqual([
      { ...document, theirs: { status: "failed" }, ours: OURS },
    ]);
  });

  test("those that were noted last come first", async () => {
    const { intake, advance } = opened();
    const [a, b, c] = [makeDocumentId("a"), makeDocumentId("b"), makeDocumentId("c")];
    for (const document of [a, b, c, a]) {
      await intake.noteComparison(document, { theirs: THEIRS });
      await advance(1_000);
    }
    const found = await intake.comparisons(5);
    expect(withoutTime(found)).toStrictEqual([a, c, b].map((document) => ({ ...document, theirs: THEIRS })));
    expect(await intake.comparisons(1)).toEqual(found.slice(0, 1));
  });

  test("the fields that Fanfare does not know are a part of a comparison, as many as there is room for", async () => {
    const { intake, other } = opened();
    const document = makeDocumentId("a");
    await intake.noteComparison(document, { ignored: ["campaign", "x"] });
    await other.noteComparison(document, { theirs: THEIRS });
    expect(withoutTime(await intake.comparisons(5))).toStrictEqual([
      { ...document, theirs: THEIRS, ignored: ["campaign", "x"] },
    ]);
    const many = Array.from({ length: 3_000 }, (_, index) => `${index}`.padEnd(1_500, "x"));
    await intake.noteComparison(document, { ignored: many });
    const [{ ignored } = {}] = await intake.comparisons(5);
    expect(ignored).toEqual(many.slice(0, 100).map((name) => name.slice(0, 100)));
  });
}
