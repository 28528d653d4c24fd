import { openGoogle } from "@fanfare/shared/google/open";
import { serveFunctions } from "@fanfare/shared/hosting/functions-framework";
import { endFunctions } from "@fanfare/shared/hosting/functions-process";
import { createLog } from "@fanfare/shared/hosting/log";
import { composeRegistrar } from "./compose.ts";
import { readConfig } from "./config.ts";
import { createRegistrar } from "./service.ts";

const config = readConfig();
const log = createLog("registrar", config.FANFARE_LOG_LEVEL);
const store = openGoogle(config, log);
const registrar = createRegistrar(composeRegistrar(config, store, log));
endFunctions(async () => {
  await registrar.close();
  await store.close();
});

await serveFunctions(registrar.functions, { log, settings: config });
