import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { runService } from "@fanfare/shared/hosting/process";
import { dataFileIn } from "@fanfare/shared/sqlite/embedded";
import { FAILED } from "@fanfare/terminal/run-command";
import { embeddedConfig, SERVICES, startService } from "../embedded/services.ts";
import { environmentFor, type InstallationFlags, openStore } from "../installation/open.ts";
import { watchDataFile } from "../watch-data-file.ts";
import { type Fcm, type FcmFlags, openFcm } from "./fcm.ts";

type UpOptions = InstallationFlags & FcmFlags & { json?: boolean };

/** Starts every service, and the simulator unless FCM itself is named. @throws InvalidInput; nothing runs then */
export async function startAll(options: UpOptions): Promise<void> {
  const fcm = await openFcm(options);
  try {
    startServices(options, fcm);
  } catch (error) {
    await fcm.close();
    throw error;
  }
}

function startServices(options: UpOptions, fcm: Fcm): void {
  const config = readEnvironment(embeddedConfig, { ...environmentFor(options), ...fcm.settings });
  const store = openStore(config);
  const services = SERVICES.map((name) => startService(name, config, store));
  const watch = watchDataFile(dataFileIn(config.FANFARE_DATA), { onGone: end });
  runService([watch, ...services, store, fcm]);
  announce(config.FANFARE_DATA, fcm, options.json ?? false);
}

/** At once: what it went on to send would be written down nowhere. */
function end(reason: Error): void {
  console.error(reason.message);
  process.exit(FAILED);
}

function announce(data: string, { url, simulated }: Fcm, json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ data, fcm: url, simulated }));
    return;
  }
  const where = simulated ? `the FCM simulator at ${url}` : url;
  console.log(`Fanfare is up. Data: ${data}. Messages go to ${where}.`);
  console.log("Send with: fanfare send --title Hello --text World --audience all. End with Ctrl-C.");
}
