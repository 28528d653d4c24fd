import fc from "fast-check";
import { expect, test } from "vitest";
import { openBareSession } from "../testing/bare-session.ts";
import { FLAG, FRAME, type Frame, settingsOf, windowUpdate } from "../testing/raw-frames.ts";

const INITIAL_WINDOW = 4;
const MAX_FRAME_SIZE = 5;
const WINDOW = 65_535;
const FRAME_SIZE = 16_384;

type Bare = Awaited<ReturnType<typeof openBareSession>>;

/**
 * The server's own account of what it has allowed. It takes in what the client has sent and throws at what it did not
 * allow, and also if it allowed something that the client, with more to say, did not send.
 */
function createAccount(bare: Bare, bodies: Buffer[]) {
  const windows = new Map<number, number>();
  const arrived = new Map<number, Buffer[]>();
  const ended = new Set<number>();
  let connection = WINDOW;
  let initial = WINDOW;
  let frameSize = FRAME_SIZE;

  function takeData({ streamId, flags, payload }: Frame): void {
    connection -= payload.length;
    const left = (windows.get(streamId) ?? 0) - payload.length;
    windows.set(streamId, left);
    if (payload.length > 0 && (left < 0 || connection < 0)) throw new Error("More than there was room for.");
    if (payload.length > frameSize) throw new Error("A frame too large.");
    if (ended.has(streamId)) throw new Error("More behind the end.");
    arrived.get(streamId)?.push(payload);
    if (flags & FLAG.endStream) ended.add(streamId);
  }

  function expectNothingHeld(): void {
    for (const [id, window] of windows)
      if (!ended.has(id) && Math.min(window, connection) > 0) throw new Error(`Stream ${id} holds back.`);
  }

  async function check(): Promise<void> {
    for (const { streamId } of await bare.sent(FRAME.headers)) {
      windows.set(streamId, initial);
      arrived.set(streamId, []);
    }
    for (const frame of await bare.sent(FRAME.data)) takeData(frame);
    expectNothingHeld();
  }

  return {
    check,
    arrived: () => [...arrived.values()].map((parts) => Buffer.concat(parts).toString()),
    room: () => connection,
    async request(body: Buffer): Promise<void> {
      bodies.push(body);
      await bare.request(1, body.toString());
      await check();
    },
    async widen(id: number, bytes: number): Promise<void> {
      if (id === 0) connection += bytes;
      else windows.set(id, (windows.get(id) ?? 0) + bytes);
      bare.receive(windowUpdate(id, bytes));
      await check();
    },
    async begin(bytes: number): Promise<void> {
      for (const [id, window] of windows) windows.set(id, window + bytes - initial);
      initial = bytes;
      bare.receive(settingsOf([INITIAL_WINDOW, bytes]));
      await check();
    },
    async frames(bytes: number): Promise<void> {
      frameSize = bytes;
      bare.receive(settingsOf([MAX_FRAME_SIZE, bytes]));
      await check();
    },
  };
}

type Account = ReturnType<typeof createAccount>;

async function openAccount() {
  const bodies: Buffer[] = [];
  const bare = await openBareSession();
  return { bodies, account: createAccount(bare, bodies) };
}

const body = fc
  .tuple(
    fc.constantFrom(0, 1, 5, 100, 16_383, 16_384, 16_385, 50_000),
    fc.constantFrom("a", "é", "€", "\u{1f511}"),
  )
  .map(([length, letter]) => Buffer.from(letter.repeat(Math.ceil(length / Buffer.byteLength(letter)))));
const bytes = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 60_000 }));

type Step = (account: Account, streams: number) => Promise<void>;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: body.map(
      (one): Step =>
        (account) =>
          account.request(one),
    ),
  },
  {
    weight: 3,
    arbitrary: bytes.map(
      (more): Step =>
        (account) =>
          account.widen(0, more),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), bytes).map(([which, more]): Step => {
      return async (account, streams) => {
        if (streams > 0) await account.widen(2 * (which % streams) + 1, more);
      };
    }),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 70_000 })).map((size): Step => {
      return (account) => account.begin(size);
    }),
  },
  fc.integer({ min: FRAME_SIZE, max: 40_000 }).map(
    (size): Step =>
      (account) =>
        account.frames(size),
  ),
);

test("no more goes out than there is room for, and no less, whatever the server does to the windows", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { bodies, account } = await openAccount();
      for (const take of steps) await take(account, bodies.length);
      for (let id = 1; id <= 2 * bodies.length; id += 2) await account.widen(id, 2_000_000);
      await account.widen(0, 3_000_000);
      expect(account.arrived()).toEqual(bodies.map((one) => one.toString()));
    }),
    { numRuns: 400 },
  );
});

test("streams that use up the connection's window wait for more of it, first come first served", async () => {
  const { bodies, account } = await openAccount();
  for (let index = 0; index < 20; index++) await account.request(Buffer.alloc(10_000, 97 + index));
  expect(account.room()).toBe(0);
  expect(account.arrived().map(({ length }) => length)).toEqual([
    ...new Array(6).fill(10_000),
    5_535,
    ...new Array(13).fill(0),
  ]);
  await account.widen(0, 10_000);
  expect(account.arrived().map(({ length }) => length)).toEqual([
    ...new Array(7).fill(10_000),
    5_535,
    ...new Array(12).fill(0),
  ]);
  await account.widen(0, 200_000);
  expect(account.arrived()).toEqual(bodies.map((one) => one.toString()));
});
