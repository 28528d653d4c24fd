import { expect, test } from "vitest";
import { createCall } from "../call.ts";
import { createLease } from "../testing/lease.ts";
import { cutFrames, FLAG, FRAME, type Frame, settings, settingsOf } from "../testing/raw-frames.ts";
import { openNodeSession } from "./session.ts";

const INITIAL_WINDOW = 4;

/** A session without a socket: what it says is kept to be looked at. */
function openBare(greeting = settings()) {
  const frames: Frame[] = [];
  const told: string[] = [];
  const opened = Promise.withResolvers<void>();
  const session = openNodeSession({
    write: cutFrames((frame) => frames.push(frame)),
    isFull: () => false,
    onLimit: () => opened.resolve(),
    onResponse: () => told.push("response"),
    onReset: (_, code) => told.push(`reset ${code}`),
    onUnsent: () => told.push("unsent"),
    onPong() {},
    onGoaway: (code) => told.push(`goaway ${code}`),
    onExhausted() {},
    onBroken: (cause) => told.push(cause),
  });
  session.receive(greeting);
  return { session, frames, told, opened: opened.promise };
}

const FIELDS = [":method POST", ":scheme http", ":authority fcm", ":path /"].map(
  (field) => field.split(" ") as [string, string],
);

function makeCall(notAfter: () => number) {
  const call = createCall(0, "{}", notAfter, () => {});
  call.fields = FIELDS;
  return call;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const ends = (frames: Frame[]) =>
  frames.filter(({ type, flags }) => type === FRAME.data && flags & FLAG.endStream);

test("a message goes out whole, and may have been processed from then on", async () => {
  const { session, frames, opened } = openBare();
  await opened;
  const call = makeCall(() => Number.POSITIVE_INFINITY);
  session.request(call);
  while (ends(frames).length === 0) await turn();
  expect(call.whole).toBe(true);
  session.takeAll();
});

test.for([
  ["", settings()],
  [", nor begin where its body would have to wait", settingsOf([INITIAL_WINDOW, 0])],
] as const)(
  "what is late when Node frames it, as this process stood still, does not go out%s",
  async ([, greeting]) => {
    const { session, frames, told, opened } = openBare(greeting);
    await opened;
    const lease = createLease();
    const call = makeCall(lease.notAfter);
    session.request(call);
    // Node has it from the end of this tick on, and frames it in the next phase of the event loop.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    lease.lapse();
    while (told.length === 0) await turn();
    expect(told).toEqual(["late"]);
    expect(frames.filter(({ type }) => type === FRAME.headers)).toEqual([]);
    expect(session.takeAll()).toEqual([call]);
    expect(call.whole).toBe(false);
  },
);
