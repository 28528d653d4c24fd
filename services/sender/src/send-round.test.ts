import { ALWAYS } from "@fanfare/fcm-http2/testing/send";
import type { Answer, Verdict } from "@fanfare/shared/domain/answers";
import { freshProgress } from "@fanfare/shared/domain/chunk";
import { buildMessage, encodeRest } from "@fanfare/shared/domain/message";
import { rejected } from "@fanfare/shared/domain/outcome";
import { makeBroadcast, makeMembers } from "@fanfare/shared/testing/records";
import { expect, test } from "vitest";
import { type Breaker, createBreaker } from "./breaker.ts";
import { type ChunkRun, createChunkRun } from "./chunk-run.ts";
import { createGovernor } from "./governor.ts";
import { type Round, sendRound } from "./send-round.ts";
import {
  ACCEPTED,
  BAD_PAYLOAD,
  createScriptedTransport,
  NO_CREDENTIAL,
  NOT_PROCESSED,
  naming,
  type Script,
  type ScriptedTransport,
  UNAUTHENTICATED,
  UNAVAILABLE,
  UNREGISTERED,
} from "./testing/scripted-transport.ts";
import { createTrust } from "./trust.ts";

const NOW = 1_000_000;
const MEMBERS = makeMembers(6);
const REST = encodeRest(buildMessage(makeBroadcast("round"), NOW));
const RETRY = { baseMs: 10_000, maxMs: 600_000, giveUpMs: 3_600_000 };

interface Play {
  transport: ScriptedTransport;
  breaker: Breaker;
  run: ChunkRun;
  heard: [address: string, kind: string][];
  ended: Promise<void>;
}

/** Sends a round to six members. */
function play(script: Script, fields: Partial<Round> = {}): Play {
  const transport = createScriptedTransport(script);
  const heard: Play["heard"] = [];
  const hear = (address: string, { kind }: Verdict) => void heard.push([address, kind]);
  const governor = { ...createGovernor(null), heard: hear };
  const rules = { retry: RETRY, onCrash: "repeat" as const, before: 0, random: () => 0 };
  const run = createChunkRun(freshProgress(MEMBERS.length), rules);
  const indexes = MEMBERS.map((_, index) => index);
  const turn = { lane: "normal" as const, broadcast: "b" };
  const breaker = createBreaker({ trust: createTrust(() => NOW), endpoint: "" });
  const round = {
    turn,
    breaker,
    run,
    members: MEMBERS,
    indexes,
    rest: () => REST,
    closed: new AbortController().signal,
    mayStart: () => true,
    notAfter: ALWAYS,
    ...fields,
  };
  return {
    transport,
    breaker,
    run,
    heard,
    ended: sendRound({ transport, governor, monotonic: () => NOW, steady: () => NOW }, round),
  };
}

const indexesOf = (transport: ScriptedTransport) => transport.started.map(({ index }) => index);

/** Lets everything run that can. */
const settle = () => new Promise(setImmediate);

test("sends to each member once, and notes each answer under its index", async () => {
  const { transport, run, ended } = play(({ index }) => (index % 2 ? UNREGISTERED : ACCEPTED));
  await ended;
  expect(transport.started.map(({ address }) => address)).toEqual(MEMBERS.map(({ address }) => address));
  expect(transport.started[0]?.message).toEqual(
    JSON.parse(JSON.stringify(buildMessage(makeBroadcast("round"), NOW))),
  );
  const gone = rejected("UNREGISTERED");
  expect(run.progress()).toMatchObject({ open: [], outcomes: { 1: gone, 3: gone, 5: gone } });
});

test("names the target by its kind, whatever characters it is of", async () => {
  const members = makeMembers(2).map((member) => ({ ...member, address: 'a "b"\n\\é' }));
  const { transport, ended } = play(() => ACCEPTED, {
    members: [{ ...(members[0] as (typeof members)[0]), kind: "fid" }, members[1] as (typeof members)[0]],
    indexes: [0, 1],
  });
  await ended;
  expect(transport.started).toMatchObject([
    { kind: "fid", address: 'a "b"\n\\é' },
    { kind: "token", address: 'a "b"\n\\é' },
  ]);
});

test("sends only to the members it is given", async () => {
  const { transport, run, ended } = play(() => ACCEPTED, { indexes: [4, 1] });
  await ended;
  expect(indexesOf(transport)).toEqual([4, 1]);
  expect(run.progress().open).toEqual([0, 2, 3, 5]);
});

test("waits for every answer, in whatever order they come", async () => {
  const answers = MEMBERS.map(() => Promise.withResolvers<Answer>());
  const { transport, run, ended } = play(({ index }) => answers[index]?.promise ?? ACCEPTED);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  await settle();
  expect(transport.started).toHaveLength(6);
  for (const index of [5, 0, 3, 1, 4]) {
    answers[index]?.resolve(index === 3 ? UNAVAILABLE : ACCEPTED);
    await settle();
    expect(over).toBe(false);
  }
  answers[2]?.resolve(ACCEPTED);
  await ended;
  expect(run.progress()).toMatchObject({ open: [3], unsure: [3] });
});

test("ends early where there is a fault, and waits for those under way", async () => {
  const last = Promise.withResolvers<Answer>();
  const { transport, breaker, run, ended } = play(({ index }) =>
    index === 0 ? last.promise : index === 2 ? NO_CREDENTIAL : ACCEPTED,
  );
  await settle();
  const begun = indexesOf(transport);
  expect(begun).not.toContain(5);
  last.resolve(UNREGISTERED);
  await ended;
  expect(breaker.fault).toMatchObject({ kind: "credential" });
  expect(indexesOf(transport), "nothing starts after that").toEqual(begun);
  expect(run.progress().outcomes).toEqual({ 0: rejected("UNREGISTERED") });
  expect(run.progress().open, "nobody suffers for it").toEqual(
    [2, 3, 4, 5].filter((i) => i === 2 || !begun.includes(i)),
  );
  expect(transport.slotsHeld).toBe(0);
});

test("does not end for one odd answer: its member waits, or is rejected where others were accepted", async () => {
  const first = play(({ index }) => (index === 0 ? BAD_PAYLOAD : ACCEPTED));
  await first.ended;
  expect(first.transport.started).toHaveLength(6);
  expect(first.run.suspicions()).toEqual([
    { code: "CONTENT_REFUSED", says: "400 INVALID_ARGUMENT Message too big" },
  ]);

  const later = play(({ index }) => [ACCEPTED, BAD_PAYLOAD, ACCEPTED, UNAUTHENTICATED][index] ?? ACCEPTED);
  await later.ended;
  expect(later.breaker.fault).toBeNull();
  expect(later.run.progress()).toMatchObject({
    open: [3],
    outcomes: { 1: rejected("CONTENT_REFUSED") },
  });
});

test("judges by the platforms of its members, each with a window of its own", async () => {
  const members = MEMBERS.map(
    (member, index) => ({ ...member, platform: index < 3 ? "ios" : "android" }) as const,
  );
  const { run, breaker, ended } = play(({ index }) => (index === 1 ? BAD_PAYLOAD : ACCEPTED), {
    members,
    indexes: [3, 4, 1],
  });
  await ended;
  expect(run.suspicions(), "what Android accepts says nothing of iOS").toHaveLength(1);
  expect([
    breaker.isDecided("android", "CONTENT_REFUSED"),
    breaker.isDecided("ios", "CONTENT_REFUSED"),
  ]).toEqual([true, false]);
});

test("ends early when it may not start any more, and gives the slot back", async () => {
  let left = 3;
  const { transport, run, ended } = play(() => ACCEPTED, { mayStart: async () => left-- > 0 });
  await ended;
  expect(indexesOf(transport)).toEqual([0, 1, 2]);
  expect(run.progress().open).toEqual([3, 4, 5]);
  expect(transport.slotsHeld).toBe(0);
});

test("that may not even begin sends nothing", async () => {
  const { transport, ended } = play(() => ACCEPTED, { mayStart: () => false });
  await ended;
  expect(transport.started).toEqual([]);
});

test("fails where nobody can say whether it may start, after the answers and with the slot given back", async () => {
  let asked = 0;
  const mayStart = async () => {
    asked += 1;
    if (asked === 3) throw new Error("the store is away");
    return true;
  };
  const answers = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()];
  const { transport, run, ended } = play(({ index }) => answers[index]?.promise ?? ACCEPTED, { mayStart });
  let over = false;
  ended.catch(() => {
    over = true;
  });
  await settle();
  expect(over).toBe(false);
  for (const answer of answers) answer.resolve(ACCEPTED);
  await expect(ended).rejects.toThrow("the store is away");
  expect(run.progress().open).toEqual([2, 3, 4, 5]);
  expect(transport.slotsHeld).toBe(0);
});

test("tells the governor of every answer, and leaves out of FCM's words to whom it was", async () => {
  const { address = "" } = MEMBERS[1] ?? {};
  const { run, heard, ended } = play(({ index }) => (index === 1 ? naming(address) : ACCEPTED));
  await ended;
  expect(heard).toEqual(
    MEMBERS.map((member, index) => [member.address, index === 1 ? "suspicion" : "accepted"]),
  );
  expect(run.progress().refusals?.said).toEqual([
    { code: "CONTENT_REFUSED", says: "400 INVALID_ARGUMENT bad: …", of: [1] },
  ]);
});

test("a message that waited past its lease was no attempt, and its member is as it was", async () => {
  const late = { notAfter: () => NOW };
  const untried = play(() => NOT_PROCESSED, late);
  await untried.ended;
  expect(untried.run.nextAt(), "it may go at once").toBe(0);
  expect(untried.breaker.enter(undefined), "its place is free again").toBeNull();

  const tried = play(() => UNAVAILABLE);
  await tried.ended;
  const before = [tried.run.progress(), tried.run.nextAt()];
  await play(() => NOT_PROCESSED, { run: tried.run, ...late }).ended;
  expect([tried.run.progress(), tried.run.nextAt()]).toEqual(before);
});
