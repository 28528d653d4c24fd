import { describeTransportContract } from "./contract.ts";
import { createHttp2Transport } from "./http2-transport.ts";

describeTransportContract("node:http2", (options) => createHttp2Transport({ ...options, driver: "node" }));
