import { existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ConfigError } from "@fanfare/shared/errors";
import { findJava } from "./java.ts";
import { onPath } from "./on-path.ts";

/** An emulator that already runs, or how to start it: the command, to which host and port are added. */
export type Found =
  | { kind: "running"; host: string }
  | { kind: "installed"; command: string; args: string[]; env: Record<string, string> };

export interface FoundEmulators {
  pubsub: Found;
  firestore: Found;
}

/** Up to these many megabytes each: without a bound Java takes a quarter of the machine. */
const PUBSUB_HEAP = "-Xmx512m";
const FIRESTORE_HEAP = "-Xmx2g";

const HOW_TO_GET = `Any one of these installs them:
  gcloud components install pubsub-emulator cloud-firestore-emulator
  apt-get install google-cloud-cli-pubsub-emulator google-cloud-cli-firestore-emulator
  npx firebase-tools setup:emulators:pubsub && npx firebase-tools setup:emulators:firestore
Both need Java, 11 or newer. Or name running ones by PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST.`;

/** Where installers put the Google Cloud CLI: Debian, others, its own installer, snap, Homebrew. */
const usualRoots = (home: string) => [
  "/usr/lib/google-cloud-sdk",
  "/usr/share/google-cloud-sdk",
  "/opt/google-cloud-sdk",
  join(home, "google-cloud-sdk"),
  "/snap/google-cloud-cli/current",
  "/snap/google-cloud-sdk/current",
  "/opt/homebrew/share/google-cloud-sdk",
  "/usr/local/share/google-cloud-sdk",
];

/**
 * Finds Google's emulators of Pub/Sub and Firestore: running ones that the environment names, else those of the
 * Google Cloud CLI, else those that firebase-tools has downloaded.
 * @throws ConfigError that says what is missing and how to get it
 */
export function findEmulators(
  env: NodeJS.ProcessEnv = process.env,
  roots: readonly string[] = usualRoots(homeOf(env)),
): FoundEmulators {
  const pubsub = running(env.PUBSUB_EMULATOR_HOST) ?? installed("Pub/Sub", findPubsub(env, roots), env);
  const firestore =
    running(env.FIRESTORE_EMULATOR_HOST) ?? installed("Firestore", findFirestore(env, roots), env);
  if (typeof pubsub === "object" && typeof firestore === "object") return { pubsub, firestore };
  const problems = [pubsub, firestore].filter((found) => typeof found === "string");
  throw new ConfigError([...new Set(problems), HOW_TO_GET].join("\n"));
}

const running = (host: string | undefined): Found | null => (host ? { kind: "running", host } : null);

/** A way to start an emulator with the Java at a path. */
type Start = (java: string) => Pick<Extract<Found, { kind: "installed" }>, "command" | "args" | "env">;

/** @returns why not, where there is no emulator or no Java */
function installed(name: string, start: Start | null, env: NodeJS.ProcessEnv): Found | string {
  if (!start) return `The ${name} emulator was not found.`;
  const java = findJava(env);
  return java.kind === "found" ? { kind: "installed", ...start(java.path) } : `${java.why}.`;
}

function findPubsub(env: NodeJS.ProcessEnv, roots: readonly string[]): Start | null {
  const script = "bin/cloud-pubsub-emulator";
  const command =
    inGoogleCloudCli(join("platform/pubsub-emulator", script), env, roots) ??
    inFirebaseTools(/^pubsub-emulator-[\d.]+$/, join("pubsub-emulator", script), env);
  return command
    ? (java) => ({ command, args: [], env: { ...withJava(java, env), JAVA_OPTS: PUBSUB_HEAP } })
    : null;
}

function findFirestore(env: NodeJS.ProcessEnv, roots: readonly string[]): Start | null {
  const command = inGoogleCloudCli("platform/cloud-firestore-emulator/cloud_firestore_emulator", env, roots);
  // The script runs $JAVA split at spaces, so a path does not belong there.
  const javaEnv = (java: string) => ({ ...withJava(java, env), JAVA: `java ${FIRESTORE_HEAP}` });
  if (command) return (java) => ({ command, args: ["start"], env: javaEnv(java) });
  const jar = inFirebaseTools(/^cloud-firestore-emulator-v[\d.]+\.jar$/, "", env);
  // As firebase-tools starts it; errors come in English only.
  return jar
    ? (java) => ({ command: java, args: [FIRESTORE_HEAP, "-Duser.language=en", "-jar", jar], env: {} })
    : null;
}

const withJava = (java: string, env: NodeJS.ProcessEnv) => ({
  PATH: [dirname(java), env.PATH].join(delimiter),
});

function inGoogleCloudCli(
  path: string,
  env: NodeJS.ProcessEnv,
  roots: readonly string[],
): string | undefined {
  const gcloud = onPath("gcloud", env);
  const named = env.CLOUDSDK_ROOT_DIR ? [env.CLOUDSDK_ROOT_DIR] : [];
  // The gcloud on the PATH is mostly a link into its installation's bin folder.
  const linked = gcloud ? [join(dirname(realpathSync(gcloud)), "..")] : [];
  return [...named, ...linked, ...roots].map((root) => join(root, path)).find((file) => existsSync(file));
}

/** The newest of the versions in firebase-tools' cache that has the file. */
function inFirebaseTools(name: RegExp, path: string, env: NodeJS.ProcessEnv): string | undefined {
  const cache = env.FIREBASE_EMULATORS_PATH ?? join(homeOf(env), ".cache/firebase/emulators");
  if (!existsSync(cache)) return undefined;
  return readdirSync(cache)
    .filter((entry) => name.test(entry))
    .sort(new Intl.Collator("en", { numeric: true }).compare)
    .map((entry) => join(cache, entry, path))
    .findLast((file) => existsSync(file));
}

const homeOf = (env: NodeJS.ProcessEnv) => env.HOME ?? homedir();
