import { expect, test } from "vitest";
import { createLog, withLogContext } from "./log.ts";

test("a line has its own fields and those around it, and none of the line before", () => {
  const lines: string[] = [];
  const log = createLog("sender", "info", { write: (line) => void lines.push(line) });
  withLogContext({ messageId: "m" }, () => {
    log.warn({ until: "10:42" }, "FCM asked everybody to wait");
    withLogContext({ chunkId: "c" }, () => log.info("sent"));
    log.info("done");
  });
  log.info("outside");
  const own = lines.map((line) => {
    const { time: _, ...rest } = JSON.parse(line);
    return rest;
  });
  const base = { severity: "INFO", service: "sender" };
  expect(own).toEqual([
    {
      severity: "WARNING",
      service: "sender",
      messageId: "m",
      until: "10:42",
      message: "FCM asked everybody to wait",
    },
    { ...base, messageId: "m", chunkId: "c", message: "sent" },
    { ...base, messageId: "m", message: "done" },
    { ...base, message: "outside" },
  ]);
});
