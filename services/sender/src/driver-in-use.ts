import type { TransportEvent } from "@fanfare/fcm-http2/http2-transport";
import type { Log } from "@fanfare/shared/hosting/log";
import type { OtherDriver } from "@fanfare/shared/senders";
import type { SenderSettings } from "./config.ts";

/**
 * Logs what happens on the way to FCM, and keeps in mind what the other senders' operator is to know: that this process
 * uses a driver that is not ours, by its setting or because it fell back.
 */
export function createDriverInUse(setting: SenderSettings["FANFARE_FCM_HTTP2"], now: () => number, log: Log) {
  let other: OtherDriver | undefined;
  return {
    /** For the sender's record. */
    told(): OtherDriver | undefined {
      // Only now: at the start of the process the store's clock is not known yet.
      if (setting === "node") other ??= { name: "node", since: now() };
      return other;
    },
    onEvent(event: TransportEvent): void {
      if (event.kind === "fallback") {
        other = { name: "node", since: now(), cause: event.cause };
        log.warn(event, "FCM and Fanfare's HTTP/2 do not understand each other: Node's is used from now on");
      } else if (event.kind === "credential-failed") {
        log.error(event, "connection to FCM");
      } else {
        log.info(event, "connection to FCM");
      }
    },
  };
}
