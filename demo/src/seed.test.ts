import type { RegistrationDocument } from "@fanfare/shared/registrations";
import { drawFault, hashAddress, natureOf } from "@fanfare/simulator";
import { describe, expect, test } from "vitest";
import { faultsOf } from "./faults.ts";
import { audienceOf, type Seeded, seedRegistrations } from "./seed.ts";

async function seed(
  count: number,
  text = "1",
): Promise<{ documents: RegistrationDocument[]; seeded: Seeded }> {
  const documents: RegistrationDocument[] = [];
  const put = async (batch: readonly RegistrationDocument[]) => void documents.push(...batch);
  return { documents, seeded: await seedRegistrations(put, count, text, () => undefined) };
}

test("the same seed gives the same documents, and another one others", async () => {
  const first = await seed(500);
  expect(await seed(500)).toEqual(first);
  expect((await seed(500, "2")).documents).not.toEqual(first.documents);
});

test("documents lie in the collections that are set", async () => {
  const documents: RegistrationDocument[] = [];
  const put = async (batch: readonly RegistrationDocument[]) => void documents.push(...batch);
  const names = { usersCollection: "people", tokensCollection: "devices" };
  await seedRegistrations(put, 50, "1", () => undefined, names);
  for (const { path } of documents) expect(path).toMatch(/^people\/user-[\w-]+\/devices\/device-\d+$/);
});

test("a longer run begins like a shorter one", async () => {
  const { documents } = await seed(500);
  expect(documents.slice(0, 200)).toEqual((await seed(200)).documents);
});

describe.each([200, 5_000])("%i documents", async (count) => {
  const { documents, seeded } = await seed(count);
  const devices = [...seeded.devices.values()];

  test("are as many as asked for, each at a path of its own", () => {
    expect(documents).toHaveLength(count);
    expect(new Set(documents.map(({ path }) => path)).size).toBe(count);
  });

  test("hold some of each kind, and mostly live devices", () => {
    for (const nature of ["fine", "dead", "foreign", "malformed"])
      expect(devices.filter((device) => device.nature === nature)).not.toHaveLength(0);
    expect(devices.filter((device) => device.documents > 1)).not.toHaveLength(0);
    expect(seeded.withoutAddress).toBeGreaterThan(0);
    expect(devices.filter(({ nature }) => nature === "fine").length).toBeGreaterThan(count * 0.85);
  });

  test("are what is said of them", () => {
    const addresses = documents.flatMap(({ address }) => address ?? []);
    expect(seeded.withoutAddress).toBe(count - addresses.length);
    const found = Map.groupBy(addresses, (address) => address);
    expect(found.size).toBe(devices.length);
    for (const { address, documents, nature } of devices) {
      expect(found.get(address)).toHaveLength(documents);
      expect(natureOf(address, "any", { dead: 0, foreign: 0, malformed: 0 })).toBe(nature);
    }
  });

  test("each device has one platform, and both platforms have devices", () => {
    for (const { address, deviceType } of documents) {
      const platform = seeded.devices.get(address ?? "")?.platform;
      if (platform) expect(deviceType).toBe({ android: "Android", ios: "iOS", web: "web" }[platform]);
    }
    const [android, ios] = [audienceOf(seeded, "android"), audienceOf(seeded, "ios")];
    expect(audienceOf(seeded, undefined)).toHaveLength(android.length + ios.length);
    expect(android.length).toBeGreaterThan(ios.length);
    expect(ios.length).toBeGreaterThan(count * 0.3);
  });

  test("one live device gets a 429 at its first attempt", () => {
    const options = { faults: "some", chaos: false, quota: null, seed: "1" } as const;
    const { error429 = 0 } = faultsOf(options, devices);
    const first = devices.filter(
      ({ address, nature }) => nature === "fine" && drawFault(hashAddress("1", address), 1) < error429,
    );
    expect(first).toHaveLength(1);
  });
});
