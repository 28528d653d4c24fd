import { createLog } from "@fanfare/shared/hosting/log";
import { expect, test } from "vitest";
import { createDriverInUse } from "./driver-in-use.ts";

const NOW = 1_800_000_000_000;

function watch(setting: "auto" | "fanfare" | "node") {
  const lines: { severity: string; message: string; cause?: string }[] = [];
  const log = createLog("sender", "warn", { write: (line) => void lines.push(JSON.parse(line)) });
  return { lines, ...createDriverInUse(setting, () => NOW, log) };
}

test("our own driver is nothing to tell, whatever ends its connections", () => {
  const { told, onEvent, lines } = watch("auto");
  onEvent({ kind: "connected" });
  onEvent({ kind: "connection-lost", cause: "protocol:PROTOCOL_ERROR" });
  expect(told()).toBeUndefined();
  expect(lines).toEqual([]);
});

test("a fallback is one line in the log with its reason, and is told from then on", () => {
  const { told, onEvent, lines } = watch("auto");
  onEvent({ kind: "fallback", cause: "goaway:COMPRESSION_ERROR" });
  expect(told()).toEqual({ name: "node", since: NOW, cause: "goaway:COMPRESSION_ERROR" });
  expect(lines).toMatchObject([
    { severity: "WARNING", cause: "goaway:COMPRESSION_ERROR", message: expect.stringContaining("HTTP/2") },
  ]);
});

test("Node's driver by the setting is told without a reason", () => {
  expect(watch("node").told()).toEqual({ name: "node", since: NOW });
});

test("a credential that fails is an error", () => {
  const { onEvent, lines } = watch("fanfare");
  onEvent({ kind: "credential-failed", cause: "CREDENTIAL_REFUSED" });
  expect(lines).toMatchObject([{ severity: "ERROR", cause: "CREDENTIAL_REFUSED" }]);
});
