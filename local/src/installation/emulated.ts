import { fileURLToPath } from "node:url";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { servicesOf, TOPOLOGY } from "@fanfare/shared/bus/topology";
import { openGoogle } from "@fanfare/shared/google/open";
import { type GoogleSettings, googleSettings } from "@fanfare/shared/google/settings";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { createLog } from "@fanfare/shared/hosting/log";
import type { Store } from "@fanfare/shared/store";
import { z } from "zod";
import { type Child, type ChildOptions, createChild, SMALL_HEAP } from "../child.ts";
import { findEmulators } from "../emulators/find.ts";
import { startEmulators } from "../emulators/start.ts";
import { freePort } from "./free-port.ts";
import { createFunctionProcess } from "./function-process.ts";
import { type OpenInstallation, type PlaceDeps, type Services, startChildren } from "./place.ts";
import { createPushedProcess } from "./pushed-process.ts";
import { type Mischief, RELAYED_TOPOLOGY, startRelay } from "./relay.ts";
import { spreadConnections } from "./spread.ts";
import { startTicks } from "./ticks.ts";

export interface EmulatedOptions {
  /** The project on the emulators: nothing of another project is seen in it. */
  project: string;
  /** How many processes send. */
  senders: number;
  /** Whether they pull, instead of being pushed to. */
  pull: boolean;
  /** Whether Google's functions framework hosts what is pushed to, as on Cloud Run functions. */
  framework?: boolean | undefined;
  /** Whether there is a function that takes the events of FlutterFlow's documents. */
  documents?: boolean | undefined;
  /** What befalls messages on their way; undefined for nothing. */
  mischief?: Mischief | undefined;
}

/** The function that Firestore's events come to, and no subscription. */
const DOCUMENTS = "scheduler.documents";

/** The function of a service that takes what is pushed, under the framework. */
const PUSH = "push";

/** The pipeline on Google's emulators, each service in a process of its own. */
export async function openEmulators(options: EmulatedOptions, deps: PlaceDeps): Promise<OpenInstallation> {
  const emulators = await startEmulators(findEmulators());
  deps.closing.defer(emulators.close);
  // Google's clients read these by themselves, in this process and in its children.
  Object.assign(process.env, {
    PUBSUB_EMULATOR_HOST: emulators.pubsubHost,
    FIRESTORE_EMULATOR_HOST: emulators.firestoreHost,
    METADATA_SERVER_DETECTION: "none",
    FANFARE_PROJECT: options.project,
    FANFARE_CLOCK: "external",
  });
  const config = readEnvironment(z.object(googleSettings));
  const store = openGoogle(config, createLog("fanfare", config.FANFARE_LOG_LEVEL));
  deps.closing.defer(() => store.close());
  return { store, startServices: (settings) => startServices(options, config, store, settings, deps) };
}

async function startServices(
  { project, senders, pull, framework, documents, mischief }: EmulatedOptions,
  { FANFARE_TOPIC_PREFIX: prefix }: GoogleSettings,
  store: Store,
  settings: Record<string, string>,
  deps: PlaceDeps,
): Promise<Services> {
  const environment = { ...process.env, ...settings };
  const topology = mischief ? RELAYED_TOPOLOGY : TOPOLOGY;
  const pulled = pull ? ["sender"] : [];
  const children: Record<string, Child> = {};
  const urls: Record<string, string> = {};
  const create: Create = framework ? createFunction(PUSH, environment) : createService(environment);
  for (const service of servicesOf().filter((one) => !pulled.includes(one))) {
    const instances = service === "sender" ? senders : 1;
    const ports = await addInstances(children, service, instances, create, deps);
    urls[service] = `http://127.0.0.1:${await portTo(ports, deps)}/`;
  }
  for (let n = 1; pull && n <= senders; n++) {
    const name = `sender ${n}`;
    children[name] = createWorker(name, environment, deps);
  }
  const push = Object.fromEntries(Object.entries(urls).map(([name, endpoint]) => [name, { endpoint }]));
  if (documents) {
    const [port] = await addInstances(children, DOCUMENTS, 1, createFunction("documents", environment), deps);
    urls[DOCUMENTS] = `http://127.0.0.1:${port}/`;
  }
  // Subscriptions first: what pulls finds them there.
  await applyTopology({ project, prefix, topology, push, pull: pulled });
  await startChildren(children, deps);
  if (mischief) deps.closing.defer(startRelay(project, prefix, mischief).close);
  deps.closing.defer(startTicks(store.bus).close);
  const names = Object.keys(children).filter((name) => name.startsWith("sender"));
  return { children, senders: names, urls };
}

/** Makes a process of a service that is to listen on a port. */
type Create = (
  service: string,
  instance: { port: number } & Pick<ChildOptions, "execArgv" | "onDeath" | "onLog">,
) => Child;

const createService =
  (environment: NodeJS.ProcessEnv): Create =>
  (service, instance) =>
    createPushedProcess({ ...instance, service, environment });

const createFunction =
  (target: string, environment: NodeJS.ProcessEnv): Create =>
  (service, instance) =>
    createFunctionProcess({ ...instance, service, target, environment });

/** Adds processes of one service or function, and gives the ports that they will listen on. */
async function addInstances(
  children: Record<string, Child>,
  name: string,
  instances: number,
  create: Create,
  { onDeath, onLog, nodeOptions }: PlaceDeps,
): Promise<number[]> {
  const [service = ""] = name.split(".");
  const ports: number[] = [];
  for (let n = 1; n <= instances; n++) {
    const port = await freePort();
    ports.push(port);
    const own = instances === 1 ? name : `${name} ${n}`;
    const died = (reason: Error) => onDeath(reason, own);
    const execArgv = nodeOptions?.(own) ?? [];
    children[own] = create(service, { port, execArgv, onDeath: died, onLog });
  }
  return ports;
}

/** One port that leads to all of these. */
async function portTo(ports: readonly number[], { closing }: PlaceDeps): Promise<number> {
  const [first] = ports;
  if (ports.length === 1 && first !== undefined) return first;
  const spread = await spreadConnections(ports);
  closing.defer(spread.close);
  return spread.port;
}

/** A sender on streaming pull. */
function createWorker(name: string, environment: NodeJS.ProcessEnv, deps: PlaceDeps): Child {
  const main = fileURLToPath(import.meta.resolve("@fanfare/sender/worker"));
  const ownPort = { ...environment, PORT: "0" };
  return createChild({
    name: "sender",
    main,
    environment: ownPort,
    execArgv: [...SMALL_HEAP, ...(deps.nodeOptions?.(name) ?? [])],
    onDeath: (reason) => deps.onDeath(reason, name),
    onLog: deps.onLog,
  });
}
