import { FCM_RETRY } from "@fanfare/shared/domain/backoff";
import { googleSettings } from "@fanfare/shared/google/settings";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { functionSettings, portSetting } from "@fanfare/shared/hosting/push-settings";
import { z } from "zod";

export const FCM_ENDPOINT = "https://fcm.googleapis.com";

/** The sender's own settings, wherever it runs. */
export const settings = {
  /** Where messages go: FCM, or a simulator at an http address. */
  FANFARE_FCM_ENDPOINT: z.url({ protocol: /^https?$/ }).default(FCM_ENDPOINT),
  /** The Firebase project whose devices these are; on Google Cloud, by default the project itself. */
  FANFARE_FCM_PROJECT: z.string().min(1).optional(),
  /** What speaks HTTP/2 to FCM: our own driver, Node's, or ours with Node's to fall back to. */
  FANFARE_FCM_HTTP2: z.enum(["auto", "fanfare", "node"]).default("auto"),
  /** The wait before a member's first retry. FCM asks for at least 10 seconds. */
  FANFARE_RETRY_SECONDS: z.coerce
    .number()
    .positive()
    .default(FCM_RETRY.baseMs / 1000),
  /** Attempts a minute that FCM allows the project, or "none" for no limit; by default FCM's usual quota. */
  FANFARE_QUOTA_PER_MINUTE: z
    .literal("none")
    .transform(() => null)
    .or(z.coerce.number().int().min(1))
    .default(600_000),
  /** The part of that quota which all of Fanfare's senders together may use; the rest is left to whoever else sends. */
  FANFARE_QUOTA_SHARE: z.coerce.number().gt(0).max(1).default(1),
  /** Whether what is not urgent keeps out of the minutes around :00, :15, :30 and :45. */
  FANFARE_AVOID_QUARTER_HOURS: z.stringbool().default(false),
};

const own = z.object(settings);
export type SenderSettings = z.infer<typeof own>;

/** Whatever holds between settings. For `.check` of a schema that has them. */
export function checkSettings({ value, issues }: z.core.ParsePayload<SenderSettings>): void {
  const isFcm = URL.parse(value.FANFARE_FCM_ENDPOINT)?.hostname === new URL(FCM_ENDPOINT).hostname;
  if (!isFcm || value.FANFARE_RETRY_SECONDS * 1000 >= FCM_RETRY.baseMs) return;
  issues.push({
    code: "custom",
    input: value,
    path: ["FANFARE_RETRY_SECONDS"],
    message: "must be at least 10 toward FCM itself; only a simulator may be retried sooner",
  });
}

export const config = z.object({ ...functionSettings, ...settings }).check(checkSettings);

export const readConfig = () => readEnvironment(config);

/** For the sender on streaming pull: a worker pool's health checks ask at this port. */
export const workerConfig = z
  .object({
    ...googleSettings,
    ...settings,
    ...portSetting,
  })
  .check(checkSettings);

export const readWorkerConfig = () => readEnvironment(workerConfig);
