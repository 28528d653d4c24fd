import { pausedForMs } from "../../senders/pauses.ts";
import { clockTime } from "../clock-time.ts";
import { type Finding, type Installation, orWell } from "./finding.ts";

/** While FCM asks for it no sender sends, and every broadcast seems to stand still. */
export async function checkQuota({ senders, now }: Installation): Promise<readonly Finding[]> {
  const leftMs = pausedForMs(await senders.look());
  const message = `FCM asked everybody to wait until ${clockTime(now + leftMs)}`;
  const doThis =
    "sending goes on by itself; if this comes again and again, lower FANFARE_QUOTA_PER_MINUTE to the project's quota, or ask Google for more";
  const found: Finding[] = leftMs > 0 ? [{ check: "quota", ok: false, message, doThis }] : [];
  return orWell("quota", found, "FCM asks for no wait");
}
