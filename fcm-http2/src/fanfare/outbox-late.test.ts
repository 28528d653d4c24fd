import { beforeEach, describe, expect, test } from "vitest";
import { openBareSession } from "../testing/bare-session.ts";
import { createLease } from "../testing/lease.ts";
import { FLAG, FRAME, type Frame, settingsOf, windowUpdate } from "../testing/raw-frames.ts";

const NOT_PROCESSED = { kind: "not-processed" };
const INITIAL_WINDOW = 4;
const MAX_CONCURRENT_STREAMS = 3;
const PAST = () => Number.NEGATIVE_INFINITY;

type Bare = Awaited<ReturnType<typeof openBareSession>>;

const streamsOf = (frames: Frame[]) => frames.map(({ streamId }) => streamId);

describe("a request whose time is over when it would be written", () => {
  let bare: Bare;
  let lease: ReturnType<typeof createLease>;
  beforeEach(async () => {
    bare = await openBareSession();
    await bare.sent();
    lease = createLease();
  });

  async function makeRoom(): Promise<void> {
    bare.full = false;
    bare.session.resume();
  }

  test("is not written, and was not processed", async () => {
    await bare.request(1, "{}", PAST);
    expect(await bare.sent(FRAME.headers)).toEqual([]);
    expect(bare.answers.get(1)).toEqual(NOT_PROCESSED);
  });

  test("is asked then, and not when it was started: a lease that passed meanwhile lets nothing out", async () => {
    bare.full = true;
    await bare.request(2, "{}", lease.notAfter);
    expect(await bare.sent()).toEqual([]);
    lease.lapse();
    await makeRoom();
    expect(await bare.sent()).toEqual([]);
    expect([...bare.answers.values()]).toEqual([NOT_PROCESSED, NOT_PROCESSED]);
  });

  test("is asked then, and not when it was started: a lease renewed meanwhile lets it out", async () => {
    bare.full = true;
    lease.lapse();
    await bare.request(1, "{}", lease.notAfter);
    lease.renew();
    await makeRoom();
    expect(streamsOf(await bare.sent(FRAME.headers))).toEqual([1]);
  });

  test("leaves no gap behind: the next one gets its stream", async () => {
    await bare.request(1, "{}", PAST);
    await bare.request(1);
    expect(streamsOf(await bare.sent(FRAME.headers))).toEqual([1]);
  });

  test("has its stream reset where a part of its body waits for the peer, and was not processed", async () => {
    bare.receive(settingsOf([INITIAL_WINDOW, 4]));
    await bare.request(2, "longer than four", lease.notAfter);
    expect(streamsOf(await bare.sent(FRAME.data))).toEqual([1, 3]);
    lease.lapse();
    bare.receive(windowUpdate(1, 1_000));
    expect(streamsOf(await bare.sent(FRAME.rst))).toEqual([1, 3]);
    expect(await bare.sent(FRAME.data)).toEqual([]);
    expect([...bare.answers.values()]).toEqual([NOT_PROCESSED, NOT_PROCESSED]);
  });

  test("does not keep the body of another whose time is not over", async () => {
    bare.receive(settingsOf([INITIAL_WINDOW, 4]));
    await bare.request(1, "longer than four", lease.notAfter);
    await bare.request(1, "longer than four");
    await bare.sent();
    lease.lapse();
    bare.receive(windowUpdate(3, 1_000));
    const [last] = await bare.sent(FRAME.data);
    expect(last).toMatchObject({ streamId: 3, flags: FLAG.endStream });
    expect([...bare.answers.keys()]).toEqual([1]);
  });
});

describe("a connection that takes no more", () => {
  test("is given nothing but control frames until it does", async () => {
    const bare = await openBareSession();
    await bare.sent();
    bare.full = true;
    await bare.request(3);
    bare.session.ping();
    expect((await bare.sent()).map(({ type }) => type)).toEqual([FRAME.ping]);
    bare.full = false;
    bare.session.resume();
    expect(streamsOf(await bare.sent(FRAME.headers))).toEqual([1, 3, 5]);
  });

  test("has nothing of a request that was given up", async () => {
    const bare = await openBareSession();
    bare.full = true;
    await bare.request(2);
    bare.session.cancel(bare.calls[0] as (typeof bare.calls)[0]);
    bare.full = false;
    bare.session.resume();
    expect(await bare.sent(FRAME.headers)).toHaveLength(1);
    expect(await bare.sent(FRAME.rst)).toEqual([]);
  });

  test("hands requests back that would go out under settings they were not started under", async () => {
    const bare = await openBareSession();
    bare.full = true;
    await bare.request(2);
    bare.receive(settingsOf([MAX_CONCURRENT_STREAMS, 1]));
    bare.full = false;
    bare.session.resume();
    expect(await bare.sent(FRAME.headers)).toEqual([]);
    expect([...bare.answers.values()]).toEqual([NOT_PROCESSED, NOT_PROCESSED]);
  });
});
