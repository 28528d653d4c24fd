import { WITHOUT_SENDER } from "@fanfare/shared/intake";
import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";
import { takeDocument } from "./take-document.ts";

const APP = "ff_user_push_notifications/a1";
const CONSOLE = "ff_push_notifications/c1";
const HOUR_MS = 3_600_000;

let store: TestStore;
let taking: ReturnType<typeof createTaking>;
beforeEach(() => {
  store = createStore();
  taking = createTaking(store);
});
afterEach(() => store.close());

describe("what an app may ask for is bounded", () => {
  test("it notifies so many users at a time", async () => {
    const users = Array.from({ length: 11 }, (_, index) => `users/u${index}`).join(",");
    const reason = "user_refs lists 11 users, and an app may notify 10 at a time";
    expect(await taking.ask(APP, { ...FROM_APP, user_refs: users })).toEqual({ kind: "refused", reason });
    expect(await taking.answerIn(APP)).toEqual({ status: "failed", error: reason });
  });

  test("each of its users asks for so many within an hour, and a redelivery counts once", async () => {
    const ask = (number: number, sender = "users/eve") =>
      taking.ask(`ff_user_push_notifications/n${number}`, { ...FROM_APP, sender });
    for (const number of [1, 2, 3, 4, 5, 5, 1]) expect((await ask(number)).kind).not.toBe("refused");
    expect(await ask(6)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("within an hour"),
    });
    expect((await ask(7, "/users/eve")).kind).toBe("refused");
    expect((await ask(8, "users/bob")).kind).toBe("sent");
    await store.advance(HOUR_MS + 1);
    expect((await ask(9)).kind).toBe("sent");
    expect(await store.intake.refusals(10)).toHaveLength(2);
  });

  test("a user who is listed several times counts once", async () => {
    const refs = Array.from(
      { length: 1_200 },
      (_, index) => `${["", "/", " "][index % 3]}users/u${index % 3}`,
    );
    expect(await taking.ask(APP, { ...FROM_APP, user_refs: refs.join(",") })).toMatchObject({ kind: "sent" });
    expect((await taking.theOnly()).audience.users).toEqual(["users/u0", "users/u1", "users/u2"]);
  });

  test("documents without a sender share one allowance, whatever they put in its place", async () => {
    const ask = (number: number, sender?: unknown) =>
      taking.ask(`ff_user_push_notifications/n${number}`, { ...FROM_APP, sender });
    const all = [await ask(1), await ask(2, null), await ask(3, ""), await ask(3)];
    expect(all.map(({ kind }) => kind)).not.toContain("refused");
    const reason =
      "documents without a sender have asked for 3 notifications within an hour, the most that they may together";
    expect(await ask(4)).toEqual({ kind: "refused", reason });
    expect(await store.intake.asked(WITHOUT_SENDER, HOUR_MS)).toEqual({ admitted: 3, refused: 1 });
    expect((await ask(5, "users/eve")).kind).toBe("sent");
    await store.advance(HOUR_MS + 1);
    expect((await ask(6)).kind).toBe("sent");
  });

  test("a sender may have an allowance of its own, and no other has it", async () => {
    const ask = (number: number, sender: string) =>
      taking.ask(`ff_user_push_notifications/${sender}${number}`.replace("users/", ""), {
        ...FROM_APP,
        sender,
      });
    for (let number = 1; number <= 8; number++) expect((await ask(number, "users/bot")).kind).toBe("sent");
    expect((await ask(9, "users/bot")).kind).toBe("refused");
    for (let number = 1; number <= 5; number++) await ask(number, "users/eve");
    expect((await ask(6, "users/eve")).kind).toBe("refused");
  });

  test("without user_refs it is an entry of the app's own, and never written to", async () => {
    const inbox = { user_ref: "users/ada", is_read: false, status: "started", target_audience: "All" };
    for (const user_refs of [undefined, null]) {
      const document = await taking.write(APP, { ...inbox, user_refs });
      const reason = "it has no user_refs";
      expect(await takeDocument(taking.deps, document)).toEqual({ kind: "left", reason });
      expect(await taking.deps.documents.get(APP)).toEqual(document);
    }
    expect(await taking.broadcasts()).toEqual([]);
    expect(await store.intake.refusals(10)).toEqual([]);
  });

  test("its sender is a user", async () => {
    expect(await taking.ask(APP, { ...FROM_APP, sender: "posts/1" })).toEqual({
      kind: "refused",
      reason: 'sender "posts/1" is not a document of users',
    });
  });

  test("the console is not bounded", async () => {
    const users = Array.from({ length: 11 }, (_, index) => `users/u${index}`).join(",");
    expect((await taking.ask(CONSOLE, { ...FROM_CONSOLE, user_refs: users })).kind).toBe("sent");
  });
});
