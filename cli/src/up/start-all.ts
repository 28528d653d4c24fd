import { FCM_ENDPOINT } from "@fanfare/sender/config";
import { InvalidInput } from "@fanfare/shared/errors";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import { runService } from "@fanfare/shared/runtime/process";
import { createSimulator, type Simulator } from "@fanfare/simulator";
import { embeddedConfig, SERVICES, startService } from "../embedded/services.ts";
import { type CommonOptions, environmentFor, openStore } from "../store.ts";

export interface UpOptions extends CommonOptions {
  port: string;
  fcmProject?: string;
}

/** Starts every service, and the simulator unless FCM itself is named. @throws InvalidInput; nothing runs then */
export async function startAll(options: UpOptions): Promise<void> {
  const simulator = options.fcmProject === undefined ? await startSimulator(options.port) : null;
  try {
    startServices(options, simulator);
  } catch (error) {
    await simulator?.close();
    throw error;
  }
}

function startServices(options: UpOptions, simulator: Simulator | null): void {
  const { fcmProject = "simulated" } = options;
  if (fcmProject === "")
    throw new InvalidInput([{ field: "--fcm-project", message: "must name a Firebase project" }]);
  const endpoint = simulator?.url ?? FCM_ENDPOINT;
  const environment = {
    ...environmentFor(options),
    FANFARE_FCM_ENDPOINT: endpoint,
    FANFARE_FCM_PROJECT: fcmProject,
  };
  const config = readEnvironment(embeddedConfig, environment);
  const store = openStore(config);
  const services = SERVICES.map((name) => startService(name, config, store));
  runService([...services, store, ...(simulator ? [simulator] : [])]);
  announce(config.FANFARE_DATA, endpoint, simulator !== null, options.json ?? false);
}

async function startSimulator(text: string): Promise<Simulator> {
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

function announce(data: string, fcm: string, simulated: boolean, json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ data, fcm, simulated }));
    return;
  }
  const where = simulated ? `the FCM simulator at ${fcm}` : fcm;
  console.log(`Fanfare is up. Data: ${data}. Messages go to ${where}.`);
  console.log("Send with: fanfare send --title Hello --text World --audience all. End with Ctrl-C.");
}
