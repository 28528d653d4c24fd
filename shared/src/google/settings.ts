import { z } from "zod";
import { commonSettings } from "../hosting/settings.ts";

/** The settings of every service on Google Cloud or its emulators, as environment variables. */
export const googleSettings = {
  /** The Google Cloud project that holds Pub/Sub and Firestore. */
  FANFARE_PROJECT: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "is not a project's id"),
  /** Its Firestore database. */
  FANFARE_DATABASE: z.string().min(1).default("(default)"),
  /** What stands before every topic and subscription, where others in the project have the same names. */
  FANFARE_TOPIC_PREFIX: z
    .string()
    .regex(/^([A-Za-z][\w.-]*)?$/, "must begin with a letter")
    .default(""),
  /** What stands before the collections of Fanfare's own records. */
  FANFARE_COLLECTION_PREFIX: z.string().min(1).default("fanfare_"),
  /** How long records, members and outcomes are kept after a broadcast has finished. */
  FANFARE_RETENTION_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  ...commonSettings,
};

const settings = z.object(googleSettings);
export type GoogleSettings = z.infer<typeof settings>;
