import { certainClock } from "@fanfare/shared/clock";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import type { WireRequest } from "@fanfare/shared/events/broadcast-requests";
import { CATCH_UP_MS, submit } from "@fanfare/shared/operations/submit";
import type { Store } from "@fanfare/shared/store";

/** Submits a request to an installation with the settings it comes with, whose services tick by themselves. */
export function submitRequest(store: Store, request: WireRequest): Promise<Broadcast> {
  const rules = { usersCollection: "users", catchUpMs: CATCH_UP_MS, longestMs: LONGEST_MS };
  return submit({ ...store, ...rules, clock: certainClock }, request, "direct");
}
