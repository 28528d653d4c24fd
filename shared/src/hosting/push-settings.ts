import { z } from "zod";
import { googleSettings } from "../google/settings.ts";

const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
  );

/** By what a pushed function believes a push. */
export const pushSettings = {
  /**
   * "verify": the signature of Google's token is verified here. "iam": Cloud Run checks the invoker, and has taken the
   * signature away; what it lets through is believed. `fanfare doctor` tells whether Cloud Run does.
   */
  FANFARE_PUSH_AUTH: z.enum(["verify", "iam"]).optional(),
  /** The service accounts that Pub/Sub and Eventarc call as, with commas. */
  FANFARE_PUSH_ACCOUNT: list.refine((accounts) => accounts.every((one) => one.includes("@")), {
    error: "must be emails of service accounts, with commas between",
  }),
  /** The audiences of their tokens, with commas: the function's URL, unless the subscription names another. */
  FANFARE_PUSH_AUDIENCE: list,
};

/** Where a process listens; Cloud Run says it. */
export const portSetting = { PORT: z.coerce.number().int().min(0).max(65_535).default(8080) };

/** The settings of a service that is called over HTTP. */
export const functionSettings = {
  ...googleSettings,
  ...pushSettings,
  ...portSetting,
  /** Where Pub/Sub's emulator is: Google's own client reads it too. */
  PUBSUB_EMULATOR_HOST: z.string().optional(),
};

const settings = z.object(functionSettings);
export type FunctionSettings = z.infer<typeof settings>;
export type PushSettings = Pick<FunctionSettings, keyof typeof pushSettings | "PUBSUB_EMULATOR_HOST">;
