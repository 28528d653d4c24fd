import type { Http2Options } from "../http2-transport.ts";
import type { Transport } from "../transport.ts";

/** Opens a transport of the driver under test. */
export type OpenTransport = (options: Http2Options) => Transport;
