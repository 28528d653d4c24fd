import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { serve, setLatency } from "./sink-connection.ts";

/**
 * FCM's side of the benchmark, as a process of its own: node sink.ts KEY CERTIFICATE. Beside it a metadata server
 * hands out an access token, as Google's does.
 */
export interface SinkReport {
  type: "listening";
  port: number;
  metadataPort: number;
}

/** How long answers take. */
export interface SinkOrder {
  meanMs: number;
  jitterMs: number;
}

/** As long as Google's. */
const TOKEN = { access_token: `ya29.${"t".repeat(1_000)}`, expires_in: 3_600, token_type: "Bearer" };

const [keyFile = "", certificateFile = ""] = process.argv.slice(2);
const files = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
const tls = createTlsServer({ ...files, ALPNProtocols: ["h2"], noDelay: true }, serve);
const metadata = createServer((request, response) => {
  response.writeHead(200, { "metadata-flavor": "Google", "content-type": "application/json" });
  response.end(JSON.stringify(request.url?.includes("/token") ? TOKEN : {}));
});

process.on("message", (order: SinkOrder) => {
  setLatency(order);
  process.send?.({ type: "set" });
});
process.on("disconnect", () => process.exit());

const port = await listen(tls);
const report: SinkReport = { type: "listening", port, metadataPort: await listen(metadata) };
process.send?.(report);

function listen(server: typeof tls | typeof metadata): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
