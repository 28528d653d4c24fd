import { describeTransportContract } from "./contract.ts";
import { createHttp2Transport } from "./http2-transport.ts";

describeTransportContract("our own driver", (options) =>
  createHttp2Transport({ ...options, driver: "fanfare" }),
);
