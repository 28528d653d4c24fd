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

/**
 * The spellings of `device_type` that count as a platform. FlutterFlow's client writes `Android` and `iOS`;
 * hand-edited clients write others, and the server never checked.
 */
const SPELLINGS: Readonly<Record<Platform, readonly string[]>> = {
  android: ["Android", "android", "ANDROID"],
  ios: ["iOS", "ios", "IOS"],
  web: ["web", "Web", "WEB"],
};
const PLATFORM_OF = new Map(
  PLATFORMS.flatMap((platform) => SPELLINGS[platform].map((spelling) => [spelling, platform] as const)),
);

export function deviceTypesOf(platforms: readonly Platform[]): string[] {
  return platforms.flatMap((platform) => SPELLINGS[platform]);
}

/** Undefined for a spelling that counts as none. */
export function platformOf(deviceType: string): Platform | undefined {
  return PLATFORM_OF.get(deviceType);
}

/** The document of the user who owns a registration: the first two segments of its path. */
export function ownerOf(path: string): string {
  return path.split("/", 2).join("/");
}
