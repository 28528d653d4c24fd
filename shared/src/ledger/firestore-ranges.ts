import type { Range } from "../domain/range.ts";
import { committed } from "../google/firestore.ts";
import type { Place } from "./firestore-records.ts";
import type { RangePort } from "./index.ts";
import { createRangeSteps } from "./ports.ts";

const LEASE = ["epoch", "leaseUntil"] as const;
const WHOLE = [...LEASE, "record"] as const;

export function createRanges(place: Place): RangePort {
  const steps = createRangeSteps({
    async create(make) {
      await place.sync();
      const at = place.at();
      const batch = place.firestore.batch();
      place.create(batch, make(at), at.now);
      return (await committed(batch)) ? "created" : "exists";
    },
    byLease: (id, step) => place.decide("range", id, LEASE, step),
    byRecord: (id, step) => place.decide("range", id, WHOLE, step),
  });
  return {
    ...steps,
    async ranges(broadcast) {
      // Unordered: the order of ids is the order of names, in which Firestore answers.
      const { docs } = await place.all("range", broadcast).select("record").get();
      return docs.map((snapshot) => JSON.parse(snapshot.get("record")) as Range);
    },
  };
}
