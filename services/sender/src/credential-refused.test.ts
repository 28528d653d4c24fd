import { CHUNK_SIZE } from "@fanfare/shared/domain/chunk";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import { slices } from "@fanfare/shared/domain/slices";
import { resume } from "@fanfare/shared/operations/resume";
import { makeMember, makeMembers } from "@fanfare/shared/testing/records";
import { describe, expect, test } from "vitest";
import { ACCEPTED, type Script, UNAUTHENTICATED, UNAVAILABLE } from "./testing/scripted-transport.ts";
import { useSenders } from "./testing/use-senders.ts";

const { bench, stored, startSenders, plan, work } = useSenders();

describe("a credential that FCM refuses", () => {
  test("a member that it is refused for is rejected where the token is new, and was good for any broadcast of late", async () => {
    const busy = await bench().plan("busy", 1);
    const [sender] = startSenders(1, ({ address }) => (address.endsWith("0") ? ACCEPTED : UNAUTHENTICATED));
    await sender?.sendChunk(busy);
    for (const number of [1, 2, 3]) {
      const { id, chunks } = await plan(`user ${number}`, [makeMembers(1, number)]);
      await sender?.sendChunk(chunks[0] ?? "");
      expect(await stored(id)).toMatchObject({
        phase: "failed",
        books: { rejected: { CREDENTIAL_REFUSED: 1 } },
      });
    }
    expect(sender?.renewals).toHaveLength(1);
    await bench().store.advance(61_000);
    const { id, chunks } = await plan("a minute later", [makeMembers(1, 4)]);
    await sender?.sendChunk(chunks[0] ?? "");
    expect((await stored(id))?.gates.held?.doubts).toBe("CREDENTIAL_REFUSED");
  });

  test("is looked at again later where others are still open, as one of them may be accepted", async () => {
    const { id, chunks } = await plan("not yet", [makeMembers(1), makeMembers(1, 1)]);
    const [one, other] = startSenders(2, ({ address }) =>
      address.endsWith("0") ? UNAUTHENTICATED : ACCEPTED,
    );
    expect(await one?.sendChunk(chunks[0] ?? "")).toBe("later");
    expect((await stored(id))?.gates).toEqual({});
    await bench().store.advance(60_000);
    await other?.sendChunk(chunks[1] ?? "");
    await other?.sendChunk(chunks[0] ?? "");
    const books = { accepted: 1, rejected: { CREDENTIAL_REFUSED: 1 } };
    expect(await stored(id)).toMatchObject({ phase: "succeeded", books });
  });

  test.each([1, 5, 31])(
    "loses no member if it is a token that ran out, at the last %i messages",
    async (last) => {
      const { id, chunks } = await plan("ran out", [makeMembers(100)]);
      const script: Script = ({ index }) =>
        index < 100 - last || sender?.renewals.length ? ACCEPTED : UNAUTHENTICATED;
      const [sender] = startSenders(1, (started) => script(started));
      await work(sender ? [sender] : [], id, chunks);
      const books = { accepted: 100, rejected: {}, possibleRepeats: 0 };
      expect(await stored(id)).toMatchObject({ phase: "succeeded", books });
    },
  );

  test("is renewed once a process: 300 broadcasts to one user each are held, for one reason", async () => {
    const [sender] = startSenders(1, () => UNAUTHENTICATED);
    const ids: string[] = [];
    for (let one = 0; one < 300; one++) ids.push(await bench().plan(`user ${one}`, [makeMember(one)]));
    for (const id of ids) await sender?.sendChunk(id);
    expect(sender?.renewals).toHaveLength(1);
    expect(sender?.transport.started.length).toBeLessThanOrEqual(301);
    const held = await Promise.all(
      ids.map(async (id) => (await stored(broadcastOf(id)))?.gates.held?.reason),
    );
    expect(new Set(held)).toEqual(
      new Set(["FCM does not take the credential: 401 UNAUTHENTICATED token expired"]),
    );
  });

  test("in mid-send holds the broadcast, and no member is rejected for it", async () => {
    const lists = [...slices(makeMembers(2_000), CHUNK_SIZE)];
    const { id, chunks } = await plan("mid-send", lists);
    let sent = 0;
    const [sender] = startSenders(1, () => (sent++ < 700 ? ACCEPTED : UNAUTHENTICATED));
    for (const chunk of chunks) await sender?.sendChunk(chunk);
    expect((await stored(id))?.gates.held?.doubts).toBe("CREDENTIAL_REFUSED");
    expect(await bench().store.ledger.books(id)).toMatchObject({ accepted: 700, rejected: {}, open: 1_300 });
    expect(sender?.renewals).toHaveLength(1);
  });

  test("holds the broadcast of one device too, where nothing else tells: it can be mended", async () => {
    const { id, chunks } = await plan("alone", [makeMembers(1)]);
    let mended = false;
    const [sender] = startSenders(1, () => (mended ? ACCEPTED : UNAUTHENTICATED));
    expect(await sender?.sendChunk(chunks[0] ?? "")).toBe("parked");
    expect(sender?.renewals).toHaveLength(1);
    mended = true;
    await resume(bench().store, id, "held", { by: "test" });
    expect(await sender?.sendChunk(chunks[0] ?? "")).toBe("settled");
    expect(await stored(id)).toMatchObject({
      phase: "succeeded",
      books: { accepted: 1, possibleRepeats: 0 },
    });
  });
});

describe.each([3, 10])(
  "where only %i devices are left that FCM refuses with a 401, long after others were accepted,",
  (last) => {
    async function leaveLast(isMended: () => boolean) {
      const { id, chunks } = await plan("tail", [makeMembers(40)]);
      const isOdd = (index: number) => index >= 40 - last;
      const [first] = startSenders(1, ({ index }) => (isOdd(index) ? UNAVAILABLE : ACCEPTED));
      if (first) first.deps.budgetMs = 5_000;
      expect(await first?.sendChunk(chunks[0] ?? "")).toBe("later");
      await bench().store.advance(600_000);
      const [fresh] = startSenders(1, ({ index, checkOnly }) =>
        checkOnly ? (isMended() ? ACCEPTED : UNAUTHENTICATED) : isOdd(index) ? UNAUTHENTICATED : ACCEPTED,
      );
      const sent = await fresh?.sendChunk(chunks[0] ?? "");
      const checks = fresh?.transport.started.filter(({ checkOnly }) => checkOnly).length;
      return { id, sent, checks };
    }

    test("FCM is asked to check a message to one of those, and takes it: the rest is at fault, and the broadcast ends", async () => {
      const { id, sent, checks } = await leaveLast(() => true);
      expect(sent).toBe("settled");
      expect(checks).toBe(1);
      expect(await stored(id)).toMatchObject({
        phase: "succeeded",
        books: { accepted: 40 - last, unknown: last },
      });
    });

    test("FCM refuses that message as well: the broadcast is held", async () => {
      const { id, sent } = await leaveLast(() => false);
      expect(sent).toBe("parked");
      expect((await stored(id))?.gates.held?.doubts).toBe("CREDENTIAL_REFUSED");
    });
  },
);
