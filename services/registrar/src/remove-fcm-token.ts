import type { DeviceDeps } from "./add-fcm-token.ts";
import type { UserCall } from "./callable.ts";
import { checkDevice, device } from "./check-device.ts";

const REMOVED = "Successfully removed FCM token!";
const ABSENT = "FCM token does not exist for this user. Ignoring...";
const INVALID = "Invalid arguments encoutered when removing FCM token.";

/** Forgets the caller's device when they sign out: by its installation's id, its token, or both. */
export async function removeFcmToken(
  { registrations, usersCollection }: DeviceDeps,
  call: UserCall,
): Promise<string> {
  const checked = checkDevice(device, call, usersCollection, INVALID);
  if (checked.kind === "refused") return checked.answer;
  const { fid, fcmToken } = checked.device;
  const addresses = [fid, fcmToken].filter((address) => typeof address === "string");
  let removed = false;
  for (const address of addresses)
    if ((await registrations.unregister(checked.owner, address)) === "removed") removed = true;
  return removed ? REMOVED : ABSENT;
}
