import { onEnd } from "./process.ts";

/**
 * Runs `close` once a process of the functions framework is asked to end, and then ends it. To be called before the
 * framework starts to serve.
 */
export function endFunctions(close: () => Promise<void>): void {
  onEnd(async () => {
    await close();
    process.nextTick(process.exit, 0);
  });
  replaceExit();
}

/**
 * The framework ends the process at once when it is asked to, and its server keeps it alive when it is not. Its own
 * listeners, which it adds after our code was loaded, are taken away: work in hand would look like a crash's.
 */
function replaceExit(): void {
  const ours = new Set(process.listeners("SIGTERM").concat(process.listeners("SIGINT")));
  process.on("newListener", (event, listener) => {
    if ((event === "SIGTERM" || event === "SIGINT") && !ours.has(listener))
      setImmediate(() => process.removeListener(event, listener));
  });
}
