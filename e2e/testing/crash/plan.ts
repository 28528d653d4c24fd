import type { OnCrash } from "@fanfare/shared/domain/broadcast";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import fc from "fast-check";

/** All that a run follows from. */
export interface Plan {
  seed: number;
  documents: RegistrationDocument[];
  /** Documents that come while the broadcasts are at work, one after the other. */
  latecomers: RegistrationDocument[];
  rangeSize: number;
  onCrash: [OnCrash, OnCrash];
  choices: number[];
}

/** A document of one user: on Android, of the first broadcast's audience; on iOS, listed by the second. */
function makeDocument(
  platform: "Android" | "iOS",
  number: number,
  address: number | null,
): RegistrationDocument {
  return {
    path: `users/${platform}${number}/fcm_tokens/t`,
    address: address === null ? null : `${platform}-address-${String(address).padStart(3, "0")}`,
    kind: "token",
    deviceType: platform,
  };
}

/** Some share an address with another, some have none. */
function documentsOf(platform: "Android" | "iOS", addresses: (number | null)[]): RegistrationDocument[] {
  return addresses.map((address, number) => makeDocument(platform, number, address));
}

const addresses = (maxLength: number) =>
  fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { freq: 12 }), {
    minLength: 1,
    maxLength,
    size: "max",
  });
const platform = fc.constantFrom("Android" as const, "iOS" as const);
const onCrash = fc.constantFrom<OnCrash[]>("repeat", "repeat", "miss");

export const plans: fc.Arbitrary<Plan> = fc
  .record({
    seed: fc.nat(),
    android: addresses(40),
    ios: addresses(20),
    late: fc.array(fc.tuple(platform, fc.integer({ min: 0, max: 70 })), { maxLength: 8 }),
    rangeSize: fc.integer({ min: 3, max: 20 }),
    onCrash: fc.tuple(onCrash, onCrash),
    choices: fc.array(fc.nat(1_000_000), { maxLength: 900, size: "max" }),
  })
  .map(({ android, ios, late, ...plan }) => ({
    ...plan,
    documents: [...documentsOf("Android", android), ...documentsOf("iOS", ios)],
    latecomers: late.map(([type, address], index) => makeDocument(type, 1_000 + index, address)),
  }));

/** One broadcast to a platform at once, and one to listed users half a minute later. */
export function requestsOf({ documents, latecomers, onCrash }: Plan, start: number): object[] {
  const owners = [...documents, ...latecomers]
    .filter(({ deviceType }) => deviceType === "iOS")
    .map(({ path }) => path.split("/")[1]);
  const content = { title: "Hello", text: "World" };
  return [
    { caller: "a", idempotencyKey: "1", content, audience: { platforms: ["android"] }, onCrash: onCrash[0] },
    {
      caller: "b",
      idempotencyKey: "1",
      content,
      audience: { users: [...owners, "nobody"] },
      onCrash: onCrash[1],
      at: new Date(start + 30_000).toISOString(),
    },
  ];
}
