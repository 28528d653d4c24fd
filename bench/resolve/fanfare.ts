import { openRegistrations, type Place } from "./place.ts";

/** Reads as the resolver does: in the order of addresses, batch by batch. */
export async function read(place: Place): Promise<number> {
  let count = 0;
  for await (const batch of openRegistrations(place).read({ after: "", upTo: null }, undefined))
    count += batch.length;
  return count;
}
