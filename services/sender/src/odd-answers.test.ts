import { resume } from "@fanfare/shared/broadcasts/gates";
import type { Answer } from "@fanfare/shared/domain/answers";
import type { Member } from "@fanfare/shared/domain/chunk";
import { CHUNK_SIZE } from "@fanfare/shared/domain/chunk";
import { broadcastOf } from "@fanfare/shared/domain/ids";
import type { Platform } from "@fanfare/shared/domain/registration";
import { slices } from "@fanfare/shared/domain/slices";
import { makeBroadcast, makeMember, makeMembers } from "@fanfare/shared/testing/records";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { type Bench, createBench } from "./testing/bench.ts";
import { useLeaseTimers } from "./testing/lease-timers.ts";
import {
  ACCEPTED,
  BAD_PAYLOAD,
  BARE_400,
  BARE_404,
  NO_KEY,
  NOT_FOR_TOPIC,
  page,
  type Script,
  UNAUTHENTICATED,
  UNAVAILABLE,
} from "./testing/scripted-transport.ts";

useLeaseTimers();
let bench: Bench;
beforeEach(() => {
  bench = createBench();
});
afterEach(() => bench.store.close());

const ODD: [name: string, answer: Answer, code: string][] = [
  ["an iOS device of another app", NOT_FOR_TOPIC, "CONTENT_REFUSED"],
  ["a bare 400", BARE_400, "CONTENT_REFUSED"],
  ["a bare 404", BARE_404, "CONTENT_REFUSED"],
  ["a bare 401", UNAUTHENTICATED, "CREDENTIAL_REFUSED"],
  ["a platform's key", NO_KEY, "THIRD_PARTY_AUTH_ERROR"],
];

/** Processes that send, all answered by one script; each remembers what it saw. */
function startSenders(count: number, script: Script) {
  const senders = Array.from({ length: count }, () => bench.createSender(script));
  return senders.map((sender) => ({ ...sender, sendChunk: createSendChunk(sender.deps) }));
}

async function plan(name: string, chunks: Member[][]): Promise<{ id: string; chunks: string[] }> {
  const broadcast = makeBroadcast(name);
  await bench.store.broadcasts.create(broadcast);
  return { id: broadcast.id, chunks: await bench.addChunks(broadcast.id, chunks) };
}

/** Looks at every chunk that is due, in turns by each sender, until nothing is left to look at. */
async function work(
  senders: ReturnType<typeof startSenders>,
  id: string,
  chunks: readonly string[],
): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    for (const [index, chunk] of chunks.entries())
      await senders[(turn + index) % senders.length]?.sendChunk(chunk);
    if ((await bench.store.broadcasts.get(id))?.phase !== "running") return;
    await bench.store.advance(60_000);
  }
}

const stored = (id: string) => bench.store.broadcasts.get(id);

describe.each(ODD)("%s among 3,000 good devices", (_, answer, code) => {
  test.each([0, 7, 1_499, 2_999])("at place %i is rejected, and everybody else is reached", async (place) => {
    const { id, chunks } = await plan("odd", [...slices(makeMembers(3_000), CHUNK_SIZE)]);
    const odd = makeMember(place).address;
    const senders = startSenders(3, ({ address }) => (address === odd ? answer : ACCEPTED));
    await work(senders, id, chunks);
    expect(await stored(id)).toMatchObject({
      phase: "succeeded",
      books: { accepted: 2_999, rejected: { [code]: 1 }, possibleRepeats: 0 },
      pruning: { state: "done" },
    });
    const sent = senders.flatMap(({ transport }) => transport.started);
    // Its token may have run out just then.
    const tries = answer === UNAUTHENTICATED ? 2 : 1;
    expect(sent.filter(({ address }) => address === odd)).toHaveLength(tries);
    expect(sent, "no other device is sent to twice").toHaveLength(2_999 + tries);
    expect(senders.flatMap(({ renewals }) => renewals)).toHaveLength(tries - 1);
  });
});

describe("two devices of a user, one of another app", () => {
  const ada = (number: number, platform: Platform): Member => ({ ...makeMember(number), platform });
  const pair = [ada(1, "android"), ada(2, "ios")];

  describe.each([
    ["the odd one last", pair],
    ["the odd one first", pair.toReversed()],
  ])("%s", (_, members) => {
    test.each(ODD.filter(([, answer]) => answer !== UNAUTHENTICATED))(
      "%s: in one chunk",
      async (_, answer, code) => {
        const { id, chunks } = await plan("pair", [members]);
        await work(
          startSenders(1, ({ address }) => (address === ada(2, "ios").address ? answer : ACCEPTED)),
          id,
          chunks,
        );
        const books = { accepted: 1, rejected: { [code]: 1 } };
        expect(await stored(id)).toMatchObject({
          phase: "succeeded",
          books,
          pruning: { state: "done" },
        });
      },
    );

    test.each(ODD.filter(([, answer]) => answer !== UNAUTHENTICATED))(
      "%s: each by a sender of its own",
      async (_, answer, code) => {
        const { id, chunks } = await plan(
          "pair",
          members.map((one) => [one]),
        );
        const script: Script = ({ address }) => (address === ada(2, "ios").address ? answer : ACCEPTED);
        const [one, other] = startSenders(2, script);
        await Promise.all([one?.sendChunk(chunks[0] ?? ""), other?.sendChunk(chunks[1] ?? "")]);
        await work(startSenders(2, script), id, chunks);
        const books = { accepted: 1, rejected: { [code]: 1 } };
        expect(await stored(id)).toMatchObject({
          phase: "succeeded",
          books,
          pruning: { state: "done" },
        });
      },
    );
  });
});

describe("a broadcast of which FCM refuses all who are left", () => {
  test.each([1, 7, 8, 30])("ends, and says why: %i members, none reached", async (members) => {
    const { id, chunks } = await plan("all", [makeMembers(members)]);
    const senders = startSenders(1, () => BARE_400);
    const left = Math.max(0, members - 8);
    expect(await senders[0]?.sendChunk(chunks[0] ?? "")).toBe(left > 0 ? "parked" : "settled");
    // Eight tell enough; a member that was not sent to is not judged with them.
    if (left > 0) expect((await stored(id))?.gates.held).toMatchObject({ doubts: "CONTENT_REFUSED" });
    else
      expect(await stored(id)).toMatchObject({
        phase: "failed",
        fault: expect.stringMatching(/FCM accepted no message: .*400 INVALID_ARGUMENT Request contains/),
        books: { accepted: 0, rejected: { CONTENT_REFUSED: members } },
      });
    expect(senders[0]?.transport.started).toHaveLength(Math.min(members, 8));
  });

  test("ends although the refused are in chunks of several processes, none of which knows of the others", async () => {
    const { id, chunks } = await plan("spread", [makeMembers(2), makeMembers(2, 2), makeMembers(2, 4)]);
    const senders = startSenders(3, () => BARE_400);
    for (const [index, chunk] of chunks.entries()) await senders[index]?.sendChunk(chunk);
    await bench.store.advance(60_000);
    await work(
      startSenders(3, () => ACCEPTED),
      id,
      chunks,
    );
    const books = { accepted: 0, rejected: { CONTENT_REFUSED: 6 } };
    expect(await stored(id)).toMatchObject({ phase: "failed", books });
    expect(senders.flatMap(({ transport }) => transport.started)).toHaveLength(6);
  });

  test("ends where a wave is all that is left, rather than be held", async () => {
    const { id, chunks } = await plan("wave", [makeMembers(33)]);
    const senders = startSenders(1, ({ index }) => (index === 0 ? ACCEPTED : BARE_400));
    await work(senders, id, chunks);
    expect(await stored(id)).toMatchObject({ books: { accepted: 1, rejected: { CONTENT_REFUSED: 32 } } });
    const acts = (await bench.store.broadcasts.audit(id)).map(({ what }) => what);
    expect(acts).toEqual(["submit", "accept"]);
  });
});

describe("a suspect", () => {
  test("waits for others of its platform, is not sent to again, and is rejected when one is accepted", async () => {
    const { id, chunks } = await plan("waits", [makeMembers(1), makeMembers(1, 1)]);
    const [first, second] = startSenders(2, ({ address }) => (address.endsWith("0") ? BARE_400 : ACCEPTED));
    expect(await first?.sendChunk(chunks[0] ?? "")).toBe("later");
    expect((await stored(id))?.gates).toEqual({});
    expect(await bench.outcomes(chunks[0] ?? "")).toEqual([null]);
    expect(await second?.sendChunk(chunks[1] ?? "")).toBe("settled");
    await bench.store.advance(15_000);
    expect(await second?.sendChunk(chunks[0] ?? "")).toBe("settled");
    expect(second?.transport.started).toHaveLength(1);
    expect(await stored(id)).toMatchObject({
      phase: "succeeded",
      books: { accepted: 1, rejected: { CONTENT_REFUSED: 1 }, possibleRepeats: 0 },
    });
  });

  test("who is the last of its chunk holds nothing up in a fresh process: the ledger knows who was accepted", async () => {
    const { id, chunks } = await plan("last", [makeMembers(50), makeMembers(1, 50)]);
    const [chunk = ""] = chunks;
    const { deps, drain } = bench.createSender(({ index }) => {
      if (index === 48) drain();
      return ACCEPTED;
    });
    expect(await createSendChunk(deps)(chunk)).toBe("later");
    const [fresh] = startSenders(1, () => BARE_400);
    expect(await fresh?.sendChunk(chunk)).toBe("settled");
    expect((await stored(id))?.gates).toEqual({});
    expect((await bench.outcomes(chunk)).at(-1)).toBe("rejected(CONTENT_REFUSED)");
  });

  test("whose process dies is open again, and sent to by the next", async () => {
    const { chunks } = await plan("died", [makeMembers(1), makeMembers(1, 1)]);
    const [chunk = ""] = chunks;
    const { deps } = bench.createSender(() => BARE_400);
    const { releaseChunk } = deps.ledger;
    deps.ledger = { ...deps.ledger, releaseChunk: () => Promise.reject(new Error("killed")) };
    await expect(createSendChunk(deps)(chunk)).rejects.toThrow("killed");
    expect(releaseChunk).toBeDefined();
    await bench.store.advance(3_600_000);
    const [next] = startSenders(1, () => ACCEPTED);
    await next?.sendChunk(chunk);
    expect(await bench.outcomes(chunk)).toEqual(["accepted"]);
  });

  test("for the credential is rejected where the token is new, and was good for any broadcast of late", async () => {
    const busy = await bench.plan("busy", 1);
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
    await bench.store.advance(61_000);
    const { id, chunks } = await plan("a minute later", [makeMembers(1, 4)]);
    await sender?.sendChunk(chunks[0] ?? "");
    expect((await stored(id))?.gates.held?.doubts).toBe("CREDENTIAL_REFUSED");
  });
});

describe("a credential that is revoked", () => {
  test("is looked at again later where others are still open, as one of them may be accepted", async () => {
    const { id, chunks } = await plan("not yet", [makeMembers(1), makeMembers(1, 1)]);
    const [one, other] = startSenders(2, ({ address }) =>
      address.endsWith("0") ? UNAUTHENTICATED : ACCEPTED,
    );
    expect(await one?.sendChunk(chunks[0] ?? "")).toBe("later");
    expect((await stored(id))?.gates).toEqual({});
    await bench.store.advance(60_000);
    await other?.sendChunk(chunks[1] ?? "");
    await other?.sendChunk(chunks[0] ?? "");
    const books = { accepted: 1, rejected: { CREDENTIAL_REFUSED: 1 } };
    expect(await stored(id)).toMatchObject({ phase: "succeeded", books });
  });

  test.each([1, 5, 31])("or a token that runs out at the last %i messages loses no member", async (last) => {
    const { id, chunks } = await plan("ran out", [makeMembers(100)]);
    const script: Script = ({ index }) =>
      index < 100 - last || sender?.renewals.length ? ACCEPTED : UNAUTHENTICATED;
    const [sender] = startSenders(1, (started) => script(started));
    await work(sender ? [sender] : [], id, chunks);
    const books = { accepted: 100, rejected: {}, possibleRepeats: 0 };
    expect(await stored(id)).toMatchObject({ phase: "succeeded", books });
  });

  test("is renewed once a process: 300 broadcasts to one user each are held, for one reason", async () => {
    const [sender] = startSenders(1, () => UNAUTHENTICATED);
    const ids: string[] = [];
    for (let one = 0; one < 300; one++) ids.push(await bench.plan(`user ${one}`, [makeMember(one)]));
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

  test("after 100,000 messages holds the broadcast, and no member is rejected for it", async () => {
    const lists = [...slices(makeMembers(2_000), CHUNK_SIZE)];
    const { id, chunks } = await plan("mid-send", lists);
    let sent = 0;
    const [sender] = startSenders(1, () => (sent++ < 700 ? ACCEPTED : UNAUTHENTICATED));
    for (const chunk of chunks) await sender?.sendChunk(chunk);
    expect((await stored(id))?.gates.held?.doubts).toBe("CREDENTIAL_REFUSED");
    expect(await bench.store.ledger.books(id)).toMatchObject({ accepted: 700, rejected: {}, open: 1_300 });
    expect(sender?.renewals).toHaveLength(1);
  });

  test("holds the broadcast of one device too, where nothing else tells: it can be mended", async () => {
    const { id, chunks } = await plan("alone", [makeMembers(1)]);
    let mended = false;
    const [sender] = startSenders(1, () => (mended ? ACCEPTED : UNAUTHENTICATED));
    expect(await sender?.sendChunk(chunks[0] ?? "")).toBe("parked");
    expect(sender?.renewals).toHaveLength(1);
    mended = true;
    await resume(bench.store, id, "held", { by: "test" });
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
      await bench.store.advance(600_000);
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

describe("a hold for what FCM refuses", () => {
  const refusing = async () => {
    const { id, chunks } = await plan("refused", [makeMembers(40)]);
    const [sender] = startSenders(1, ({ index }) => (index < 20 ? BAD_PAYLOAD : ACCEPTED));
    await sender?.sendChunk(chunks[0] ?? "");
    expect((await stored(id))?.gates.held?.reason).toMatch(/Message too big/);
    return { id, chunks, sender };
  };

  test("goes on where a person accepts it: those are rejected unsent, and the rest is sent to", async () => {
    const { id, chunks, sender } = await refusing();
    await resume(bench.store, id, "held", { by: "test" }, { acceptRefusals: true });
    await work(sender ? [sender] : [], id, chunks);
    const books = { accepted: 20, rejected: { CONTENT_REFUSED: 20 }, possibleRepeats: 0 };
    expect(await stored(id)).toMatchObject({ phase: "succeeded", books });
    const sent = sender?.transport.started.map(({ address }) => address) ?? [];
    expect(new Set(sent).size, "no member is sent to twice").toBe(sent.length);
  });

  test("starts over if a person resumes it: every member is sent to again", async () => {
    const { id, sender } = await refusing();
    const before = sender?.transport.started.length;
    await resume(bench.store, id, "held", { by: "test" });
    await sender?.sendChunk((await bench.store.ledger.openChunks(id, 1))[0]?.id ?? "");
    expect((sender?.transport.started.length ?? 0) - (before ?? 0)).toBe(8);
    expect((await stored(id))?.gates.held?.reason).toMatch(/Message too big/);
  });
});

describe("pages of something that is not FCM", () => {
  test.each([400, 401, 403, 404, 405, 429, 500, 503])(
    "of status %i, 2 %% of all answers: everybody is reached in the end",
    async (status) => {
      const { id, chunks } = await plan("pages", [...slices(makeMembers(3_000), CHUNK_SIZE)]);
      let sent = 0;
      const senders = startSenders(2, () => (sent++ % 50 === 3 ? page(status) : ACCEPTED));
      await work(senders, id, chunks);
      expect(await stored(id)).toMatchObject({
        phase: "succeeded",
        books: { accepted: 3_000, rejected: {} },
      });
    },
  );

  test.each([500, 502, 503])("of status %i never hold a broadcast", async (status) => {
    const { id, chunks } = await plan("outage", [makeMembers(100)]);
    let until = 600;
    const senders = startSenders(1, () => (until-- > 0 ? page(status) : ACCEPTED));
    await work(senders, id, chunks);
    expect(await stored(id)).toMatchObject({ phase: "succeeded", books: { accepted: 100 } });
  });
});
