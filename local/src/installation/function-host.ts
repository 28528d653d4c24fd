import { once } from "node:events";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { LOOPBACK } from "@fanfare/shared/hosting/loopback";

/**
 * Serves one function on loopback: the file of `--source` registers it, `--target` (or `FUNCTION_TARGET`) and `PORT`
 * say which and where. The framework's own command listens on every interface and has no option for it, so that on a
 * developer's machine the whole network could post what only Pub/Sub's emulator is to push.
 */

const { values } = parseArgs({
  options: {
    source: { type: "string", default: "." },
    target: { type: "string", default: process.env.FUNCTION_TARGET ?? "" },
  },
});
const source = resolve(values.source);
await import(pathToFileURL(source).href);

// The service's own copy of the framework: functions are looked up in a map of its module.
const framework: typeof import("@google-cloud/functions-framework/testing") = createRequire(source)(
  "@google-cloud/functions-framework/testing",
);
const server = framework.getTestServer(values.target);
// As the framework's command has it: the sender works on one push for minutes.
server.setTimeout(0);
server.listen(Number(process.env.PORT ?? 8080), LOOPBACK);
await once(server, "listening");
// A parent that is gone already ends this process by itself.
process.send?.({ type: "ready" }, () => undefined);
