import { serveFunctions } from "@fanfare/shared/runtime/functions-framework";
import { endFunctions } from "@fanfare/shared/runtime/functions-process";
import { openGoogle } from "@fanfare/shared/runtime/google";
import { createLog } from "@fanfare/shared/runtime/log";
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

serveFunctions(registrar.functions, { log, settings: config });
