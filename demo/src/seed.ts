import { setImmediate } from "node:timers/promises";
import type { Names } from "@fanfare/local/installation/open";
import type { Platform } from "@fanfare/shared/domain/registration";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import { markAddress, type Nature } from "@fanfare/simulator";
import { createRandom } from "./random.ts";

/** What a seeded device is, known apart from anything the pipeline writes. */
export interface Device {
  address: string;
  platform: Platform;
  nature: Nature;
  /** Documents that hold its address. */
  documents: number;
}

/** The truth about what was seeded: what the run is judged by. */
export interface Seeded {
  /** By address. */
  devices: Map<string, Device>;
  withoutAddress: number;
  users: number;
}

const BATCH = 2_000;
const DAY_MS = 86_400_000;
const REGISTERED_BEFORE = Date.UTC(2026, 0, 1);
const DEVICE_TYPES = { android: "Android", ios: "iOS", web: "web" };

/** Of a thousand documents: about as a project of some age has them. `again`: the device before, under another user. */
const PER_MILLE = { withoutAddress: 5, again: 10, malformed: 5, foreign: 10, dead: 50, fine: 920 };
type Kind = keyof typeof PER_MILLE;

const NAMES: Names = { usersCollection: "users", tokensCollection: "fcm_tokens" };

/**
 * Writes registrations as a real FlutterFlow project has them: users with one to three devices, both platforms, some
 * addresses under two users, some dead, foreign or malformed, some documents without an address. The same seed gives
 * the same documents.
 */
export async function seedRegistrations(
  put: (documents: readonly RegistrationDocument[]) => Promise<void>,
  count: number,
  seed: string,
  onProgress: (done: number) => void,
  names: Names = NAMES,
): Promise<Seeded> {
  const seeded: Seeded = { devices: new Map(), withoutAddress: 0, users: 0 };
  let batch: RegistrationDocument[] = [];
  let done = 0;
  for (const document of makeDocuments(seeded, createRandom(seed), names).take(count)) {
    batch.push(document);
    done += 1;
    if (batch.length < BATCH && done < count) continue;
    await put(batch);
    batch = [];
    onProgress(done);
    // The store answers without a pause, and a Ctrl-C is seen in pauses only.
    await setImmediate();
  }
  return seeded;
}

/** The devices that a broadcast to this platform, or to all, is to reach: each address once. */
export function audienceOf({ devices }: Seeded, platform: Platform | undefined): Device[] {
  return [...devices.values()].filter((device) => !platform || device.platform === platform);
}

/** Endless: the caller takes as many as it wants. */
function* makeDocuments(
  seeded: Seeded,
  random: () => number,
  { usersCollection, tokensCollection }: Names,
): Generator<RegistrationDocument> {
  let last = null as Device | null;
  let devicesLeft = 0;
  for (let index = 0; ; index++) {
    if (devicesLeft-- === 0) {
      seeded.users += 1;
      devicesLeft = Math.floor(random() ** 2 * 3);
    }
    const kind = kindOf(index, last !== null);
    const device: Device | null =
      kind === "withoutAddress" ? null : kind === "again" && last ? last : newDevice(seeded, kind, random);
    if (device) device.documents += 1;
    else seeded.withoutAddress += 1;
    if (kind === "fine") last = device;
    const user = kind === "again" ? `again-${index}` : seeded.users;
    yield {
      path: `${usersCollection}/user-${user}/${tokensCollection}/device-${index}`,
      address: device?.address ?? null,
      kind: "token",
      deviceType: DEVICE_TYPES[device?.platform ?? "android"],
      createdAt: REGISTERED_BEFORE - Math.floor(random() * 300 * DAY_MS),
    };
  }
}

function newDevice(seeded: Seeded, kind: Kind, random: () => number): Device {
  const nature = kind === "again" || kind === "withoutAddress" ? "fine" : kind;
  const address = markAddress(nature, random);
  const device: Device = { address, platform: random() < 0.56 ? "android" : "ios", nature, documents: 0 };
  seeded.devices.set(address, device);
  return device;
}

/** Spreads the kinds over every thousand documents, so that a small run has some of each as well. */
function kindOf(index: number, hasLast: boolean): Kind {
  let place = (index * 377 + 500) % 1_000;
  for (const [kind, share] of Object.entries(PER_MILLE)) {
    if (place < share) return kind === "again" && !hasLast ? "fine" : (kind as Kind);
    place -= share;
  }
  return "fine";
}
