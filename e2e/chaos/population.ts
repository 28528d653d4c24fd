import type { Audience } from "@fanfare/shared/domain/broadcast";
import { type AddressKind, ownerOf, type Platform } from "@fanfare/shared/domain/registration";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import { MARKS, markAddress, type Nature, natureOf } from "@fanfare/simulator";
import type { Chance } from "./chance.ts";
import type { PopulationPlan } from "./plan.ts";

/** What was written, and what is known of it apart from anything the pipeline says. */
export interface Population {
  documents: RegistrationDocument[];
  /** By address. */
  natures: Map<string, Nature>;
}

/** As apps write them, and what each counts as. */
const DEVICE_TYPES: [type: string, platform: Platform | null][] = [
  ["Android", "android"],
  ["Android", "android"],
  ["android", "android"],
  ["iOS", "ios"],
  ["iOS", "ios"],
  ["ios", "ios"],
  ["web", "web"],
  ["Fuchsia", null],
  ["", null],
];
const PLATFORM_OF = new Map(DEVICE_TYPES);

/** Natures of addresses that live, and whose answers look like everybody's fault or limit. */
export const ODD = [
  "notForTopic",
  "bareInvalid",
  "bareUnauthenticated",
  "bareNotFound",
  "withoutKey",
  "limited",
] as const satisfies Nature[];

/** Heads of addresses that break what sorts, cuts, quotes or measures text. */
const WEIRD = [
  "~~~~~~~~",
  "!!!!!!!!",
  `'";--${"\\"}u0000%00{}`,
  "\u{1F4F1}\u{10FFFF}",
  "\uFFFD\uFFFF",
  "\u00e4\u0308 \t\n",
  "z".repeat(1_200),
  "x",
  "same-prefix-of-many:".repeat(6),
];
const USERS = ["u", "ü ö", "~", "u.u", "U"];
const DAY_MS = 86_400_000;
const REGISTERED_BEFORE = Date.UTC(2026, 0, 1);

/** Registrations as an app of some age has them, and worse. */
export function makePopulation(plan: PopulationPlan, chance: Chance): Population {
  const population: Population = { documents: [], natures: new Map() };
  const { documents } = population;
  let user = "users/u-first";
  while (documents.length < plan.documents) {
    const index = documents.length;
    if (chance.is(0.6)) user = `users/${chance.pick(USERS)}${index}`;
    const device = drawDevice(plan, chance, population);
    const createdAt = REGISTERED_BEFORE - Math.floor(chance.upTo(300) * DAY_MS);
    const path = `${user}/fcm_tokens/device-${index}`;
    const [deviceType, platform] = chance.pick(DEVICE_TYPES);
    documents.push({ path, ...register(device, platform, population), deviceType, createdAt });
  }
  addCrowd(plan.crowd, population);
  return population;
}

type Device = { address: string | null; kind: AddressKind };

function drawDevice(plan: PopulationPlan, chance: Chance, { documents }: Population): Device {
  let rest = chance.random();
  const falls = (share: number) => {
    rest -= share;
    return rest < 0;
  };
  if (falls(plan.withoutAddress)) return { address: null, kind: "token" };
  // A user's phone that another uses now, or one that was registered twice.
  if (falls(plan.again) && documents.length > 0) {
    const { address, kind } = chance.pick(documents);
    return { address, kind };
  }
  const kind = chance.is(0.2) ? "fid" : "token";
  return { address: drawAddress(falls, plan, chance, documents.length), kind };
}

/** Notes what a new address is. Its platform is its end, so that FCM's faults may be of one platform alone. */
function register({ address, kind }: Device, platform: Platform | null, { natures }: Population): Device {
  if (address === null || natures.has(address)) return { address, kind };
  const isWhole = natureOf(address, "", {}) !== "malformed";
  const named = isWhole ? `${address}:${platform ?? "other"}` : address;
  natures.set(named, natureOf(named, "", {}));
  return { address: named, kind };
}

function drawAddress(
  falls: (share: number) => boolean,
  plan: PopulationPlan,
  chance: Chance,
  index: number,
): string {
  for (const nature of ["dead", "foreign", "malformed"] as const)
    if (falls(plan[nature])) return markAddress(nature, chance.random);
  if (falls(plan.weird)) return `${chance.pick(WEIRD)}${chance.is(0.2) ? MARKS.dead : ""}${index}`;
  const odd = ODD.find((nature) => falls(plan.odd[nature]));
  return markAddress(odd ?? "fine", chance.random);
}

/** One address, fine or dead, in many documents of as many users. */
function addCrowd(size: number, { documents }: Population): void {
  const shared = documents.find(({ address }) => address !== null);
  if (!shared) return;
  for (let index = 0; index < size; index++)
    documents.push({ ...shared, path: `users/crowd-${index}/fcm_tokens/shared` });
}

/** The users who have documents. */
export const ownersOf = (documents: readonly RegistrationDocument[]) => [
  ...new Set(documents.map(({ path }) => ownerOf(path))),
];

/** The addresses that a broadcast is to reach. */
export function reachedBy(documents: readonly RegistrationDocument[], audience: Audience): Set<string> {
  const users = audience.users && new Set(audience.users);
  return new Set(
    documents.flatMap(({ path, address, deviceType }) => {
      const platform = PLATFORM_OF.get(deviceType);
      const isIn = !audience.platforms || (platform && audience.platforms.includes(platform));
      return address !== null && isIn && (!users || users.has(ownerOf(path))) ? [address] : [];
    }),
  );
}

/** How many documents without an address the books are to tell of: a platform says nothing about these. */
export function countWithoutAddress(documents: readonly RegistrationDocument[], { users }: Audience): number {
  const listed = users && new Set(users);
  return documents.filter(({ path, address }) => address === null && (!listed || listed.has(ownerOf(path))))
    .length;
}
