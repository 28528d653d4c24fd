import { checkBroadcasts } from "./broadcasts.ts";
import { checkClock, checkClockSteps, checkDue, checkHints } from "./clock.ts";
import { checkDebts } from "./debts.ts";
import { checkDevices } from "./devices.ts";
import { checkDocuments } from "./documents.ts";
import type { Finding, Installation } from "./finding.ts";
import { checkLetters } from "./letters.ts";
import { checkPushes } from "./pushes.ts";
import { checkQuota } from "./quota.ts";
import { checkTransport } from "./transport.ts";

/** Examines an installation, and changes nothing in it. Of each check there is at least one finding. */
export async function examine(installation: Installation): Promise<Finding[]> {
  return [
    ...(await checkClock(installation)),
    ...(await checkClockSteps(installation)),
    ...(await checkDue(installation)),
    ...(await checkDebts(installation)),
    ...(await checkLetters(installation)),
    ...(await checkQuota(installation)),
    ...(await checkTransport(installation)),
    ...(await checkPushes(installation)),
    ...(await checkDevices(installation)),
    ...(await checkDocuments(installation)),
    ...(await checkBroadcasts(installation, await checkHints(installation))),
  ];
}
