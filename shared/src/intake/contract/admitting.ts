import { expect, test } from "vitest";
import type { ContractIntake } from "../contract.ts";
import { makeDocumentId } from "./members.ts";

const HOUR = 3_600_000;

export function describeAdmitting(opened: () => ContractIntake): void {
  const admit = (name: string, most = 2, sender = "users/u") =>
    opened().intake.admit(sender, makeDocumentId(name), { most, withinMs: HOUR });

  test("so many of a sender's are admitted within the time, and each gets one answer", async () => {
    const { advance } = opened();
    const names = ["a", "b", "c"];
    const answers = ["admitted", "admitted", "refused"];
    for (const [index, name] of names.entries()) expect(await admit(name)).toBe(answers[index]);
    await advance(HOUR / 2);
    for (const [index, name] of names.entries()) expect(await admit(name)).toBe(answers[index]);
    expect(await admit("a", 2, "users/v")).toBe("admitted");
    expect(await admit("d", 3)).toBe("admitted");
    expect(await admit("e", 3)).toBe("refused");
    expect(await admit("f", 0, "users/w")).toBe("refused");
  });

  test("what lies further back counts no more, and asks anew", async () => {
    const { advance } = opened();
    for (const name of ["a", "b", "c"]) await admit(name);
    await advance(HOUR);
    expect(await admit("c")).toBe("admitted");
    expect(await admit("a")).toBe("admitted");
    expect(await admit("b")).toBe("refused");
    await advance(HOUR / 2);
    expect(await admit("d")).toBe("refused");
    await advance(HOUR / 2);
    expect(await admit("d"), "the first answer stands, even as there is room again").toBe("refused");
    expect(await admit("e")).toBe("admitted");
  });

  test("one written anew under its path is another", async () => {
    await admit("a", 1);
    const anew = makeDocumentId("a", { createdAt: 1 });
    expect(await opened().intake.admit("users/u", anew, { most: 1, withinMs: HOUR })).toBe("refused");
  });

  test("of many at once no more are admitted, in two processes", async () => {
    const { intake, other } = opened();
    const names = Array.from({ length: 16 }, (_, index) => `d${index}`);
    const ask = (name: string) =>
      [intake, other].map((one) => one.admit("users/u", makeDocumentId(name), { most: 5, withinMs: HOUR }));
    const answers = await Promise.all(names.map((name) => Promise.all(ask(name))));
    for (const [one, same] of answers) expect(one).toBe(same);
    expect(answers.filter(([answer]) => answer === "admitted")).toHaveLength(5);
  });

  test("what was admitted and refused within a time is counted, each document once", async () => {
    const { other, advance } = opened();
    const asked = (withinMs: number, sender = "users/u") => other.asked(sender, withinMs);
    expect(await asked(HOUR)).toStrictEqual({ admitted: 0, refused: 0 });
    for (const name of ["a", "b", "c", "c"]) await admit(name);
    await advance(HOUR / 2);
    await admit("d");
    expect(await asked(HOUR)).toStrictEqual({ admitted: 2, refused: 2 });
    expect(await asked(HOUR / 2)).toStrictEqual({ admitted: 0, refused: 1 });
    expect(await asked(HOUR, "users/v")).toStrictEqual({ admitted: 0, refused: 0 });
    await advance(HOUR / 2);
    expect(await asked(HOUR)).toStrictEqual({ admitted: 0, refused: 1 });
  });
}
