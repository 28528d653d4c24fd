import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { noCredential } from "./credential.ts";
import { createHttp2Transport } from "./http2-transport.ts";
import { startServer } from "./testing/http2-server.ts";

test.for(["fanfare", "node"])("a process with nothing under way ends, closed or not: %s", async (driver) => {
  const server = await startServer(({ reply }) => reply(200));
  const script = `
    const { createHttp2Transport } = await import(${JSON.stringify(new URL("http2-transport.ts", import.meta.url))});
    const credential = { authorization: async () => null };
    const place = { endpoint: "${server.endpoint}", project: "demo", credential };
    const transport = createHttp2Transport({ ...place, driver: "${driver}" });
    await transport.slot();
    transport.start(0, "{}", () => Infinity, (_, answer) => console.log(answer.status));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout).toBe("200\n");
  await server.kill();
});

test.for([
  [{ endpoint: "fcm.googleapis.com" }, /http:\/\/ or https:\/\//],
  [{ endpoint: "ftp://fcm.googleapis.com" }, /http:\/\/ or https:\/\//],
  [{ endpoint: "https://fcm.googleapis.com", timeoutMs: 9_999 }, /10,000 ms/],
  [{ endpoint: "http://127.0.0.1", maxConnections: 0 }, /maxConnections/],
  [{ endpoint: "http://127.0.0.1", streamsPerConnection: 1.5 }, /streamsPerConnection/],
] as const)("options that cannot work: %o", ([options, message]) => {
  const place = { project: "demo", credential: noCredential };
  expect(() => createHttp2Transport({ ...place, ...options })).toThrow(message);
});
