import { rejected } from "@fanfare/shared/domain/outcome";
import { resume } from "@fanfare/shared/operations/resume";
import { makeMembers } from "@fanfare/shared/testing/records";
import { describe, expect, test } from "vitest";
import { createSendChunk } from "./send-chunk.ts";
import { ACCEPTED, BAD_PAYLOAD, BARE_400 } from "./testing/scripted-transport.ts";
import { useSenders } from "./testing/use-senders.ts";

const { bench, stored, startSenders, plan, work } = useSenders();

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
    await bench().store.advance(60_000);
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
    const acts = (await bench().store.broadcasts.audit(id)).map(({ what }) => what);
    expect(acts).toEqual(["submit", "accept"]);
  });
});

describe("a suspect", () => {
  test("waits for others of its platform, is not sent to again, and is rejected when one is accepted", async () => {
    const { id, chunks } = await plan("waits", [makeMembers(1), makeMembers(1, 1)]);
    const [first, second] = startSenders(2, ({ address }) => (address.endsWith("0") ? BARE_400 : ACCEPTED));
    expect(await first?.sendChunk(chunks[0] ?? "")).toBe("later");
    expect((await stored(id))?.gates).toEqual({});
    expect(await bench().outcomes(chunks[0] ?? "")).toEqual([null]);
    expect(await second?.sendChunk(chunks[1] ?? "")).toBe("settled");
    await bench().store.advance(15_000);
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
    const { deps, drain } = bench().createSender(({ index }) => {
      if (index === 48) drain();
      return ACCEPTED;
    });
    expect(await createSendChunk(deps)(chunk)).toBe("later");
    const [fresh] = startSenders(1, () => BARE_400);
    expect(await fresh?.sendChunk(chunk)).toBe("settled");
    expect((await stored(id))?.gates).toEqual({});
    expect((await bench().outcomes(chunk)).at(-1)).toBe(rejected("CONTENT_REFUSED"));
  });

  test("whose process dies is open again, and sent to by the next", async () => {
    const { chunks } = await plan("died", [makeMembers(1), makeMembers(1, 1)]);
    const [chunk = ""] = chunks;
    const { deps } = bench().createSender(() => BARE_400);
    deps.ledger = { ...deps.ledger, releaseChunk: () => Promise.reject(new Error("killed")) };
    await expect(createSendChunk(deps)(chunk)).rejects.toThrow("killed");
    await bench().store.advance(3_600_000);
    const [next] = startSenders(1, () => ACCEPTED);
    await next?.sendChunk(chunk);
    expect(await bench().outcomes(chunk)).toEqual(["accepted"]);
  });
});

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
    await resume(bench().store, id, "held", { by: "test" }, { acceptRefusals: true });
    await work(sender ? [sender] : [], id, chunks);
    const books = { accepted: 20, rejected: { CONTENT_REFUSED: 20 }, possibleRepeats: 0 };
    expect(await stored(id)).toMatchObject({ phase: "succeeded", books });
    const sent = sender?.transport.started.map(({ address }) => address) ?? [];
    expect(new Set(sent).size, "no member is sent to twice").toBe(sent.length);
  });

  test("starts over if a person resumes it: every member is sent to again", async () => {
    const { id, sender } = await refusing();
    const before = sender?.transport.started.length;
    await resume(bench().store, id, "held", { by: "test" });
    await sender?.sendChunk((await bench().store.ledger.openChunks(id, 1))[0]?.id ?? "");
    expect((sender?.transport.started.length ?? 0) - (before ?? 0)).toBe(8);
    expect((await stored(id))?.gates.held?.reason).toMatch(/Message too big/);
  });
});
