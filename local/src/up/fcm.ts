import { FCM_ENDPOINT } from "@fanfare/sender/config";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Service } from "@fanfare/shared/hosting/service";
import { createSimulator } from "@fanfare/simulator";

export interface FcmFlags {
  port: string;
  fcmProject?: string;
}

/** Where messages go: FCM itself, or a simulator in this process. */
export interface Fcm extends Service {
  url: string;
  simulated: boolean;
  /** What a sender has to know of it, as environment variables. */
  settings: { FANFARE_FCM_ENDPOINT: string; FANFARE_FCM_PROJECT: string };
}

/** Starts the simulator, unless FCM itself is named. @throws InvalidInput that names the flag at fault */
export async function openFcm({ port, fcmProject }: FcmFlags): Promise<Fcm> {
  if (fcmProject === "")
    throw new InvalidInput([{ field: "--fcm-project", message: "must name a Firebase project" }]);
  const simulator = fcmProject === undefined ? await startSimulator(port) : null;
  const url = simulator?.url ?? FCM_ENDPOINT;
  return {
    url,
    simulated: simulator !== null,
    settings: { FANFARE_FCM_ENDPOINT: url, FANFARE_FCM_PROJECT: fcmProject ?? "simulated" },
    close: async () => simulator?.close(),
  };
}

async function startSimulator(text: string): Promise<Service & { url: string }> {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidInput([{ field: "--port", message: "must be a whole number from 0 to 65535" }]);
  try {
    return await createSimulator({ port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "is in use: choose another" : `cannot be listened on (${code})`;
    throw new InvalidInput([{ field: "--port", message: `${port} ${why}` }]);
  }
}
