import { FCM_RETRY } from "@fanfare/shared/domain/backoff";
import { embeddedSettings } from "@fanfare/shared/runtime/embedded";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import { z } from "zod";

export const FCM_ENDPOINT = "https://fcm.googleapis.com";

export const config = z
  .object({
    ...embeddedSettings,
    /** Where messages go: FCM, or a simulator at an http address. */
    FANFARE_FCM_ENDPOINT: z.url({ protocol: /^https?$/ }).default(FCM_ENDPOINT),
    /** The Firebase project whose devices these are. */
    FANFARE_FCM_PROJECT: z.string().min(1),
    /** The wait before a member's first retry. FCM asks for at least 10 seconds. */
    FANFARE_RETRY_SECONDS: z.coerce
      .number()
      .positive()
      .default(FCM_RETRY.baseMs / 1000),
    /** Attempts a minute this process may make, or "none" for no limit; by default FCM's usual quota for a project. */
    FANFARE_QUOTA_PER_MINUTE: z
      .literal("none")
      .transform(() => null)
      .or(z.coerce.number().int().min(1))
      .default(600_000),
  })
  .check(({ value, issues }) => {
    if (
      URL.parse(value.FANFARE_FCM_ENDPOINT)?.hostname === new URL(FCM_ENDPOINT).hostname &&
      value.FANFARE_RETRY_SECONDS * 1000 < FCM_RETRY.baseMs
    ) {
      issues.push({
        code: "custom",
        input: value,
        path: ["FANFARE_RETRY_SECONDS"],
        message: "must be at least 10 toward FCM itself; only a simulator may be retried sooner",
      });
    }
  });

export type SenderConfig = z.infer<typeof config>;

export const readConfig = () => readEnvironment(config);
