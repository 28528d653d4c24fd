import type { Registering, Registrations } from "@fanfare/shared/registrations";
import type { UserCall } from "./callable.ts";
import { checkDevice, typedDevice } from "./check-device.ts";

const ANSWERS = {
  added: "Successfully added FCM token!",
  refreshed: "FCM token already exists for this user. Ignoring...",
};
const INVALID = "Invalid arguments encoutered when adding FCM token.";

export interface DeviceDeps {
  registrations: Registrations;
  usersCollection: string;
}

/** Registers the caller's device: by its token, or by its installation's id in the token's place. */
export async function addFcmToken(
  { registrations, usersCollection }: DeviceDeps,
  call: UserCall,
): Promise<string> {
  const checked = checkDevice(typedDevice, call, usersCollection, INVALID);
  if (checked.kind === "refused") return checked.answer;
  const { fcmToken, fid, deviceType } = checked.device;
  const address: Pick<Registering, "kind" | "address" | "replaces"> = fid
    ? { kind: "fid", address: fid, ...(fcmToken && fcmToken !== fid && { replaces: fcmToken }) }
    : { kind: "token", address: fcmToken ?? "" };
  return ANSWERS[await registrations.register({ owner: checked.owner, deviceType, ...address })];
}
