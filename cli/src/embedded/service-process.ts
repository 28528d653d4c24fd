import { ConfigError } from "@fanfare/shared/errors";
import { openEmbedded } from "@fanfare/shared/runtime/embedded";
import { readEnvironment } from "@fanfare/shared/runtime/environment";
import { runService } from "@fanfare/shared/runtime/process";
import { embeddedConfig, SERVICES, startService } from "./services.ts";

// One service in a process of its own: node service-process.ts scheduler|resolver|sender
const name = SERVICES.find((one) => one === process.argv[2]);
if (!name) throw new ConfigError(`must be one of ${SERVICES.join(", ")}: ${process.argv[2]}`);
const config = readEnvironment(embeddedConfig);
const store = openEmbedded(config);
runService([startService(name, config, store), store]);
