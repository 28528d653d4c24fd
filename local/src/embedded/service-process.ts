import { ConfigError } from "@fanfare/shared/errors";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { runService } from "@fanfare/shared/hosting/process";
import { openEmbedded } from "@fanfare/shared/sqlite/embedded";
import { embeddedConfig, SERVICES, startService } from "./services.ts";

// One service in a process of its own: node service-process.ts scheduler|resolver|sender
const name = SERVICES.find((one) => one === process.argv[2]);
if (!name) throw new ConfigError(`must be one of ${SERVICES.join(", ")}: ${process.argv[2]}`);
const config = readEnvironment(embeddedConfig);
const store = openEmbedded(config);
runService([startService(name, config, store), store]);
