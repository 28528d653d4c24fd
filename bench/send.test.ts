import { expect, test } from "vitest";
import { client, fanfare } from "./send/contenders.ts";
import { send } from "./send.ts";

test("Fanfare's sender by each driver, and the Admin SDK, reach every address of the sink", {
  timeout: 60_000,
}, async () => {
  const contenders = [
    fanfare("fanfare"),
    fanfare("node"),
    client("firebase-admin", 1),
    client("node:http2", 1),
  ];
  const report = await send({ json: true, rounds: 1, messages: 600, contenders });
  expect(Object.keys(report.results)).toEqual(["fanfare", "fanfareNodeHttp2", "firebaseAdmin", "nodeHttp2"]);
  for (const result of Object.values(report.results)) {
    expect(result.peakRssMb).toBeGreaterThanOrEqual(result.idleRssMb);
    expect(Math.min(result.cpuMsPer1000, result.cpuMsPer1000At40ms, result.perSecond)).toBeGreaterThan(0);
  }
});
