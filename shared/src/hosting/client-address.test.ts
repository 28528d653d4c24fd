import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clientAddress } from "./client-address.ts";

beforeEach(() => void vi.stubEnv("K_SERVICE", "registrar"));
afterEach(() => void vi.unstubAllEnvs());

const addressOf = (forwarded?: string) =>
  clientAddress({
    headers: { ...(forwarded !== undefined && { "x-forwarded-for": forwarded }) },
    socket: { remoteAddress: "::ffff:169.254.1.1" } as IncomingMessage["socket"],
  });

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["10.0.0.1, 203.0.113.7", "203.0.113.7"],
  ["10.0.0.1,,  203.0.113.7 ", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:DB8:0001:2::6", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["unknown", "unknown"],
  ["x".repeat(9_000), "x".repeat(64)],
  ["", "169.254.1.1"],
  [undefined, "169.254.1.1"],
])("%j is the client %s", (forwarded, address) => {
  expect(addressOf(forwarded)).toBe(address);
});
