import { RANGE_SIZE } from "@fanfare/shared/domain/range-count";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { functionSettings } from "@fanfare/shared/hosting/push-settings";
import { z } from "zod";

/** The resolver's own settings, wherever it runs. */
export const settings = {
  /** About how many registrations one range holds. */
  FANFARE_RANGE_SIZE: z.coerce.number().int().min(1).default(RANGE_SIZE),
};

export const config = z.object({ ...functionSettings, ...settings });

const own = z.object(settings);
export type ResolverSettings = z.infer<typeof own>;

export const readConfig = () => readEnvironment(config);
