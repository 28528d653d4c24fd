import { slices } from "@fanfare/shared/domain/slices";
import { initializeApp } from "firebase-admin/app";
import { getMessaging } from "firebase-admin/messaging";
import pLimit from "p-limit";
import type { Send } from "./client.ts";
import { MESSAGE, PROJECT } from "./contender.ts";

/** The most that one call takes. */
const PER_CALL = 500;

/** The Admin SDK: `sendEachForMulticast`, 500 addresses a call. */
export async function open(): Promise<Send> {
  const messaging = getMessaging(initializeApp({ projectId: PROJECT }));
  return async (addresses, calls) => {
    const limit = pLimit(calls);
    const results = await Promise.all(
      slices(addresses, PER_CALL).map((tokens) =>
        limit(() => messaging.sendEachForMulticast({ ...MESSAGE, tokens })),
      ),
    );
    const responses = results.flatMap((result) => result.responses);
    const isDead = (code?: string) => code === "messaging/registration-token-not-registered";
    return {
      accepted: responses.filter(({ success }) => success).length,
      dead: responses.filter(({ error }) => isDead(error?.code)).length,
    };
  };
}
