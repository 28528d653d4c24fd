import type { Platform } from "@fanfare/shared/domain/registration";
import type { RegistrationDocument } from "@fanfare/shared/registrations";
import { markAddress, type Nature } from "@fanfare/simulator";

/** One document, and what is known of its address apart from anything the pipeline says. */
export interface Device {
  user: string;
  platform: Platform | null;
  nature: Nature;
  document: RegistrationDocument;
}

const TYPES: [string, Platform | null][] = [
  ["Android", "android"],
  ["iOS", "ios"],
  ["ios", "ios"],
  ["android", "android"],
  ["Android", "android"],
  ["web", "web"],
  ["Fuchsia", null],
];

/**
 * Documents as an app of some age has them: several devices a user, dead, foreign and malformed addresses, addresses
 * under two users and on two platforms, documents without an address. The same every time.
 */
export function makePopulation(count: number, createdAt: number): Device[] {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  const devices: Device[] = [];
  for (let index = 0; index < count; index++) {
    const twin = index % 37 === 0 ? devices.at(-3) : undefined;
    const nature = twin?.nature ?? natureAt(index);
    const [deviceType, platform] = TYPES[Math.floor(random() * TYPES.length)] ?? ["", null];
    const user = `users/u${Math.floor(index / 2)}`;
    const address = index % 53 === 5 ? null : (twin?.document.address ?? markAddress(nature, random));
    const path = `${user}/fcm_tokens/${index}`;
    devices.push({
      user,
      platform,
      nature,
      document: { path, address, kind: "token", deviceType, createdAt },
    });
  }
  return devices;
}

function natureAt(index: number): Nature {
  if (index % 20 === 3) return "dead";
  if (index % 50 === 7) return "foreign";
  return index % 100 === 11 ? "malformed" : "fine";
}
