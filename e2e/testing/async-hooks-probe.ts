import { subscribe } from "node:diagnostics_channel";
import { createRequire } from "node:module";

// Preloaded into a service with --expose-internals: tells on standard error, once for each answer, whether any async hook
// is active at moments of its work. A connection is opened by a handler, and an answer is what one returned.
const MOMENTS = ["http.server.request.start", "net.client.socket", "http.server.response.finish"];

const { enabledHooksExist } = createRequire(import.meta.url)("internal/async_hooks") as {
  enabledHooksExist(): boolean;
};
const told = new Set<string>();

for (const moment of MOMENTS) {
  subscribe(moment, () => {
    const line = `async hooks: ${moment} ${enabledHooksExist() ? "on" : "off"}`;
    if (told.has(line)) return;
    told.add(line);
    const service = /services\/(\w+)\//.exec(process.argv.join(" "))?.[1];
    process.stderr.write(`${line} in the ${service}\n`);
  });
}
