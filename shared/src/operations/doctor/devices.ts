import { describeUnknown } from "../../domain/describe-unknown.ts";
import { type Finding, type Installation, orWell } from "./finding.ts";

/** The latest broadcasts whose books are looked at. */
const LATEST = 20;

/** Devices that broadcasts miss because of what their documents say. */
export async function checkDevices(installation: Installation): Promise<readonly Finding[]> {
  const found = [...(await unknownTypes(installation)), ...(await spacedAddresses(installation))];
  return orWell("devices", found, "every device is of a known platform");
}

async function unknownTypes({ registrations }: Installation): Promise<Finding[]> {
  const unknown = await registrations.unknownTypes();
  if (unknown.registrations === 0) return [];
  const message = `registrations of no known platform: ${unknown.registrations}, which only broadcasts to all reach: ${describeUnknown(unknown)}`;
  const doThis =
    "have the app write Android, iOS or web as device_type (docs/clients.md), and mend the documents";
  return [{ check: "devices", ok: false, message, doThis }];
}

/** Only reading finds these: the books tell of the largest audience that was read of late. */
async function spacedAddresses({ broadcasts }: Installation): Promise<Finding[]> {
  const latest = await broadcasts.list(undefined, LATEST);
  const spaced = Math.max(0, ...latest.map(({ books }) => books?.spaced ?? 0));
  if (spaced === 0) return [];
  const message = `addresses with white space around them: ${spaced}, which FCM would refuse and which are not sent to`;
  const doThis = "have the app register its devices again, or take the white space out of fcm_token";
  return [{ check: "devices", ok: false, message, doThis }];
}
