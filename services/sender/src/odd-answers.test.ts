import type { Answer } from "@fanfare/shared/domain/answers";
import { CHUNK_SIZE, type Member } from "@fanfare/shared/domain/chunk";
import type { Platform } from "@fanfare/shared/domain/registration";
import { slices } from "@fanfare/shared/domain/slices";
import { makeMember, makeMembers } from "@fanfare/shared/testing/records";
import { describe, expect, test } from "vitest";
import {
  ACCEPTED,
  BARE_400,
  BARE_404,
  NO_KEY,
  NOT_FOR_TOPIC,
  page,
  type Script,
  UNAUTHENTICATED,
} from "./testing/scripted-transport.ts";
import { useSenders } from "./testing/use-senders.ts";

const { stored, startSenders, plan, work } = useSenders();

const ODD: [name: string, answer: Answer, code: string][] = [
  ["an iOS device of another app", NOT_FOR_TOPIC, "CONTENT_REFUSED"],
  ["a bare 400", BARE_400, "CONTENT_REFUSED"],
  ["a bare 404", BARE_404, "CONTENT_REFUSED"],
  ["a bare 401", UNAUTHENTICATED, "CREDENTIAL_REFUSED"],
  ["a platform's key", NO_KEY, "THIRD_PARTY_AUTH_ERROR"],
];

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
