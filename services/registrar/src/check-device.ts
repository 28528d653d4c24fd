import { isAddressable } from "@fanfare/shared/domain/address";
import { nameFault } from "@fanfare/shared/domain/text";
import { normalizeUserRefs } from "@fanfare/shared/domain/user-refs";
import { z } from "zod";
import type { UserCall } from "./callable.ts";

/**
 * Without the white space around it: FCM would refuse such an address, and it would be pruned as dead. Empty, too long,
 * or with what no address holds, it is neither an address nor a device type.
 */
const text = z
  .string()
  .trim()
  .min(1)
  .refine((value) => isAddressable(value) && nameFault(value) === undefined);

/** A store would keep half a character as another, and the path would be another user's. */
const userDocPath = z
  .string()
  .refine((path) => path.isWellFormed())
  .transform((path) => path.replace(/^\//, "").split("/"));

/** What both functions are given, with one of the addresses at least. Clients in Dart send null for what they leave out. */
export const device = z.object({ userDocPath, fcmToken: text.nullish(), fid: text.nullish() });
export const typedDevice = device.extend({ deviceType: text });

/** A call as FlutterFlow's functions check it, in their order and with their answers. */
export type CheckedCall<T> =
  | { kind: "device"; owner: string; device: T }
  | { kind: "refused"; answer: string };

const UNAUTHENTICATED = "Failed: Unauthenticated calls are not allowed.";
const NOT_YOURS = "Failed: Authenticated user doesn't match user provided.";

/**
 * Checks who calls, what is asked, and whose it is. More strictly than FlutterFlow's, which looks at the path's second
 * segment alone, it takes the caller's own user document only: below another one nobody would find the registration.
 * @param invalid the answer to arguments that cannot be used; FlutterFlow's spelling is what apps may look for
 */
export function checkDevice<T extends z.infer<typeof device>>(
  schema: z.ZodType<T>,
  { uid, data }: UserCall,
  usersCollection: string,
  invalid: string,
): CheckedCall<T> {
  const refused = (answer: string) => ({ kind: "refused", answer }) as const;
  if (uid === null) return refused(UNAUTHENTICATED);
  const parsed = schema.safeParse(data);
  if (!parsed.success) return refused(invalid);
  const { userDocPath: segments, fcmToken, fid } = parsed.data;
  if (segments.length < 2 || (fcmToken ?? fid ?? null) === null) return refused(invalid);
  if (segments[1] !== uid) return refused(NOT_YOURS);
  const owner = segments.join("/");
  if (normalizeUserRefs([owner], usersCollection).paths[0] !== owner) return refused(invalid);
  return { kind: "device", owner, device: parsed.data };
}
