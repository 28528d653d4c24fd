import { composeResolver } from "@fanfare/resolver/compose";
import { config as resolverConfig } from "@fanfare/resolver/config";
import { composeScheduler } from "@fanfare/scheduler/compose";
import { config as schedulerConfig } from "@fanfare/scheduler/config";
import { composeSender } from "@fanfare/sender/compose";
import { FCM_ENDPOINT, config as senderConfig } from "@fanfare/sender/config";
import { InvalidInput } from "@fanfare/shared/errors";
import { openEmbedded } from "@fanfare/shared/runtime/embedded";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import { runService } from "@fanfare/shared/runtime/process";
import type { Service } from "@fanfare/shared/runtime/service";
import { createSimulator } from "@fanfare/simulator";
import type { Command } from "commander";
import { type CommonOptions, environmentFor, withCommonOptions } from "./store.ts";

interface UpOptions extends CommonOptions {
  port: string;
  fcmProject?: string;
}

export function upCommand(program: Command): void {
  withCommonOptions(
    program.command("up").description("run every service in one process, until it is asked to end"),
  )
    .option("--port <number>", "port of the FCM simulator", "8085")
    .option("--fcm-project <id>", "send to FCM itself, for this Firebase project, instead of the simulator")
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const { fcmProject: project } = options;
  const simulator = project === undefined ? await startSimulator(options.port) : null;
  const environment = {
    ...environmentFor(options),
    FANFARE_FCM_ENDPOINT: simulator?.url ?? FCM_ENDPOINT,
    FANFARE_FCM_PROJECT: project ?? "simulated",
  };
  const config = readEnvironment(senderConfig, environment);
  const store = openEmbedded(config);
  const services: Service[] = [
    composeScheduler(readEnvironment(schedulerConfig, environment), store),
    composeResolver(readEnvironment(resolverConfig, environment), store),
    composeSender(config, store),
    store,
  ];
  if (simulator) services.push(simulator);
  runService(services);
  announce(
    { data: config.FANFARE_DATA, fcm: config.FANFARE_FCM_ENDPOINT, simulated: simulator !== null },
    options.json ?? false,
  );
}

async function startSimulator(text: string) {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidInput([{ field: "--port", message: "must be a whole number from 0 to 65535" }]);
  try {
    return await createSimulator({ port });
  } catch (cause) {
    throw new InvalidInput([
      {
        field: "--port",
        message: `${port} cannot be listened on (${(cause as NodeJS.ErrnoException).code})`,
      },
    ]);
  }
}

function announce(what: { data: string; fcm: string; simulated: boolean }, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(what));
    return;
  }
  console.log(
    `Fanfare is up. Data: ${what.data}. Messages go to ${what.simulated ? "the FCM simulator at " : ""}${what.fcm}.`,
  );
  console.log("Send with: fanfare send --title Hello --text World --audience all. End with Ctrl-C.");
}
