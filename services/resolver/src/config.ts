import { embeddedSettings } from "@fanfare/shared/runtime/embedded";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import { z } from "zod";
import { RANGE_SIZE } from "./resolve-range.ts";

export const config = z.object({
  ...embeddedSettings,
  /** About how many registrations one range holds. */
  FANFARE_RANGE_SIZE: z.coerce.number().int().min(1).default(RANGE_SIZE),
});

export type ResolverConfig = z.infer<typeof config>;

export const readConfig = () => readEnvironment(config);
