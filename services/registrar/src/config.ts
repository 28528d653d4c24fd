import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { functionSettings } from "@fanfare/shared/hosting/push-settings";
import { z } from "zod";

/** The variables by which Google's own clients find emulators. */
const emulators = {
  FIREBASE_AUTH_EMULATOR_HOST: z.string().optional(),
  FIRESTORE_EMULATOR_HOST: z.string().optional(),
};

export const config = z.object({ ...functionSettings, ...emulators }).check(({ value, issues }) => {
  if (!value.FIREBASE_AUTH_EMULATOR_HOST || value.FIRESTORE_EMULATOR_HOST) return;
  // The Admin SDK then takes tokens that nobody signed: anyone could register devices for anyone.
  const message = "is only for use with an emulated Firestore: set FIRESTORE_EMULATOR_HOST as well";
  issues.push({ code: "custom", input: value, path: ["FIREBASE_AUTH_EMULATOR_HOST"], message });
});

export type RegistrarConfig = z.infer<typeof config>;

export const readConfig = () => readEnvironment(config);
