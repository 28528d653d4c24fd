import { createStore, type TestStore } from "@fanfare/shared/testing/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTaking, FROM_APP, FROM_CONSOLE } from "../testing/flutterflow.ts";

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

  test("its sender is a user", async () => {
    expect(await taking.ask(APP, { ...FROM_APP, sender: "posts/1" })).toEqual({
      kind: "refused",
      reason: 'sender "posts/1" is no document of users',
    });
  });

  test("the console is not bounded", async () => {
    const users = Array.from({ length: 11 }, (_, index) => `users/u${index}`).join(",");
    expect((await taking.ask(CONSOLE, { ...FROM_CONSOLE, user_refs: users })).kind).toBe("sent");
  });
});
