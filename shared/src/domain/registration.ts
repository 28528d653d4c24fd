/** FCM moves from registration tokens to Firebase Installation IDs; both work, and only the record tells which. */
export type AddressKind = "token" | "fid";

/** One device's FCM address and whose it is. `path` is the document's, `{users}/{uid}/fcm_tokens/{id}`. */
export interface Registration {
  path: string;
  /** The FCM address; null where the document has none (such documents exist, and are counted, not sent to). */
  address: string | null;
  kind: AddressKind;
  deviceType: string;
  /** Milliseconds since 1970: the earlier of the field `created_at` and the document's own create time. */
  createdAt: number;
}

export const PLATFORMS = ["android", "ios", "web"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What `device_type` says, folded, by the platform it counts as. A version may follow each of them. */
const NAMES: Readonly<Record<Platform, readonly string[]>> = {
  android: ["android", "androidpush", "targetplatform.android"],
  ios: ["ios", "iphone", "ipad", "ipados", "apns", "iospush", "targetplatform.ios"],
  web: ["web", "chromepush"],
};
const PLATFORM_OF = new Map(
  PLATFORMS.flatMap((platform) => NAMES[platform].map((name) => [name, platform] as const)),
);

/** Every name that counts as a platform, folded. */
export const PLATFORM_NAMES: readonly string[] = [...PLATFORM_OF.keys()];

/** Longer texts count as no platform: stores can look for every text that does, and what is remembered is bounded. */
export const MAX_TYPE_LENGTH = 100;
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, Platform | undefined>();

/**
 * The platform of a `device_type`, however it is spelled: `iOS`, `IPHONE`, `Android 14`. FlutterFlow's client writes
 * `Android` and `iOS`, hand-edited clients write others, and the server never checked. Undefined for a text that
 * counts as none, such as `FCM` or `1`. Planning asks for each registration, and there are few different texts.
 */
export function platformOf(deviceType: string): Platform | undefined {
  const known = remembered.get(deviceType);
  if (known !== undefined || remembered.has(deviceType)) return known;
  if (deviceType.length > MAX_TYPE_LENGTH) return undefined;
  const found = PLATFORM_OF.get(fold(deviceType).replace(/\d[\d.]*$/, ""));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(deviceType, found);
  return found;
}

/** Whether a `device_type` is of these platforms; without any asked for, every text is. */
export function ofPlatforms(platforms: readonly Platform[] | undefined): (deviceType: string) => boolean {
  if (!platforms) return () => true;
  return (deviceType) => {
    const platform = platformOf(deviceType);
    return platform !== undefined && platforms.includes(platform);
  };
}

export function fold(text: string): string {
  return text.toLowerCase().replace(/\s/g, "");
}

/** The document of the user who owns a registration: the first two segments of its path. */
export function ownerOf(path: string): string {
  return path.split("/", 2).join("/");
}
