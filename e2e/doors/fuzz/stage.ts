import { findEmulators } from "@fanfare/local/emulators/find";
import { startEmulators } from "@fanfare/local/emulators/start";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { freshProject } from "@fanfare/shared/testing/emulators";
import {
  makeIdToken,
  makePushToken,
  PUSH_ACCOUNT,
  startGoogleAccounts,
} from "@fanfare/shared/testing/google-accounts";
import { deploy, type Running } from "../../testing/deployed.ts";
import type { Target } from "./targets.ts";

/** The heap of each function, in megabytes. */
const HEAP_MB = 256;
/** V8 would fill three young spaces of 16 MB each before it looks for garbage. */
const YOUNG_MB = 4;

const AUDIENCE = "https://fuzz.example";

export type Stage = Awaited<ReturnType<typeof openStage>>;

/**
 * Built functions as they are deployed, each in a process of its own with a small heap, on Google's emulators. Tokens
 * are verified as on Cloud Run: by certificates of a stand-in for Google, which every connection to it is led to.
 */
export async function openStage(targets: readonly Target[], closing: AsyncDisposableStack) {
  const emulators = await startEmulators(findEmulators());
  closing.defer(emulators.close);
  // Google's clients read these by themselves, in this process and in its children.
  const hosts = {
    PUBSUB_EMULATOR_HOST: emulators.pubsubHost,
    FIRESTORE_EMULATOR_HOST: emulators.firestoreHost,
  };
  Object.assign(process.env, hosts, { METADATA_SERVER_DETECTION: "none" });
  const project = freshProject();
  await applyTopology({ project });
  const google = await startGoogleAccounts();
  closing.defer(google.close);
  const deployment = await deploy();
  closing.defer(deployment.remove);
  const settings = {
    ...hosts,
    ...google.environment,
    // The Admin SDK goes to Google by Node's own client, which asks for proxies only when it is told to.
    NODE_USE_ENV_PROXY: "1",
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    FANFARE_PROJECT: project,
    FANFARE_CLOCK: "external",
    FANFARE_PUSH_AUTH: "verify",
    FANFARE_PUSH_ACCOUNT: PUSH_ACCOUNT,
    FANFARE_PUSH_AUDIENCE: AUDIENCE,
    // Nothing is to be sent; if it were, it would not get far.
    FANFARE_FCM_ENDPOINT: "http://127.0.0.1:9",
    // By this the client's address is what the last proxy reports, as on Cloud Run.
    K_SERVICE: "fuzz",
  };
  const options = [`--max-old-space-size=${HEAP_MB}`, `--max-semi-space-size=${YOUNG_MB}`];
  const running = new Map<Target, Running>();
  await Promise.all(
    targets.map(async (target) => {
      const { service, function: name } = target;
      running.set(target, await deployment.serveOnLoopback(service, name, settings, options));
    }),
  );
  const pushToken = makePushToken(AUDIENCE);
  return {
    project,
    firestoreHost: emulators.firestoreHost,
    running,
    portOf: (target: Target) => Number(new URL(running.get(target)?.url ?? "http://none").port),
    tokenFor: (target: Target, uid: string) => (target.isCalled ? makeIdToken(project, uid) : pushToken),
  };
}
