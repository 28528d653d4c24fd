import { expect, test } from "vitest";
import { createCall } from "../call.ts";
import { FRAME } from "../testing/raw-frames.ts";
import { ALWAYS } from "../testing/send.ts";
import { createFrameReader } from "./frame-reader.ts";
import { createHeaderWriter } from "./header-writer.ts";
import { createOutbox } from "./outbox.ts";

const HIGHEST_ID = 2 ** 31 - 1;

test("the last numbers for streams are used, in order, and what finds none can be taken back", () => {
  const written: string[] = [];
  const readFrames = createFrameReader((type, _flags, stream) => written.push(`${type}:${stream}`));
  let reports = 0;
  const outbox = createOutbox({
    headers: createHeaderWriter(),
    write: readFrames,
    isFull: () => false,
    onLate() {},
    onStream: (call, id) => {
      call.streamId = id;
    },
    onExhausted() {
      // As a session does when it says goodbye.
      if (++reports === 1) outbox.flush();
    },
    firstId: HIGHEST_ID - 2,
  });
  outbox.setInitialWindow(10);
  const calls = ["longer than the window", "2", "3"].map((body, index) =>
    createCall(index, body, ALWAYS, () => {}),
  );
  for (const call of calls) outbox.add(call);
  outbox.flush();
  expect(written).toEqual([
    `${FRAME.headers}:${HIGHEST_ID - 2}`,
    `${FRAME.headers}:${HIGHEST_ID}`,
    `${FRAME.data}:${HIGHEST_ID - 2}`,
    `${FRAME.data}:${HIGHEST_ID}`,
  ]);
  expect(reports).toBeGreaterThan(0);
  expect(outbox.takeBack()).toEqual([calls[2]]);
});
