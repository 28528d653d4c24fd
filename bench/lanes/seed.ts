import { createRandom } from "@fanfare/demo/random";
import type { RegistrationDocument, Registrations } from "@fanfare/shared/registrations";
import { markAddress } from "@fanfare/simulator";
import { showProgress } from "@fanfare/terminal/progress";

const BATCH = 2_000;

/** The path of user number `index`, who has one device. */
export function userOf(index: number): string {
  return `users/user-${index}`;
}

/** Registers so many users with one living device each. */
export async function seedUsers(
  registrations: Registrations,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const random = createRandom("lanes");
  const progress = showProgress("seeding", count, "registrations");
  for (let start = 0; start < count; start += BATCH) {
    const size = Math.min(BATCH, count - start);
    await registrations.put(Array.from({ length: size }, (_, index) => makeDocument(start + index, random)));
    progress.update(start + size);
    signal.throwIfAborted();
  }
  progress.end();
}

function makeDocument(index: number, random: () => number): RegistrationDocument {
  return {
    path: `${userOf(index)}/fcm_tokens/t`,
    address: markAddress("fine", random),
    kind: "token",
    deviceType: "Android",
    createdAt: Date.UTC(2026, 0, 1),
  };
}
