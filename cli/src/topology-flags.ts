import type { PushTarget } from "@fanfare/shared/bus/pubsub-plan";
import { serviceOf, servicesOf } from "@fanfare/shared/bus/topology";
import { InvalidInput, type Problem } from "@fanfare/shared/errors";

export interface TopologyFlags {
  project?: string;
  prefix?: string;
  push?: string[];
  pushAccount?: string;
  pull?: string[];
  dryRun?: boolean;
  json?: boolean;
}

export interface TopologyInput {
  project: string;
  prefix: string;
  push: Record<string, PushTarget>;
  pull: string[];
}

/** Google's rule for a project's id, and the older form that names a domain. */
const PROJECT = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
/** Pub/Sub's rule for the beginning of an id. */
const PREFIX = /^(?!goog)[A-Za-z][\w.~+%-]{0,199}$/;
const LOCAL = ["localhost", "127.0.0.1", "[::1]"];

/** @throws InvalidInput that names every flag at fault */
export function readFlags(flags: TopologyFlags): TopologyInput {
  const { project = "", prefix = "", push = [], pushAccount, pull = [] } = flags;
  const problems: Problem[] = [];
  const check = (right: boolean, field: string, message: string) =>
    right || problems.push({ field, message });

  check(PROJECT.test(project), "--project", "must be the id of a Google Cloud project");
  check(prefix === "" || PREFIX.test(prefix), "--prefix", "must be what an id in Pub/Sub can begin with");
  check(pushAccount === undefined || push.length > 0, "--push-account", "goes with --push only");
  check(pushAccount?.includes("@") ?? true, "--push-account", "must be the email of a service account");

  const pushed = push.map(readPush);
  for (const { name, url } of pushed) {
    check(isService(name), "--push", unknown("--push", name, "=URL"));
    check(isPushUrl(url), "--push", `${name}: must be an https URL, not ${JSON.stringify(url)}`);
  }
  for (const name of pull) check(isService(name), "--pull", unknown("--pull", name));
  const named = [...pushed.map(({ name }) => name), ...pull];
  const twice = new Set(named.filter((name, index) => named.indexOf(name) !== index));
  for (const name of twice) check(false, "--push", `${name}: is named twice by --push and --pull`);
  if (problems.length > 0) throw new InvalidInput(problems);

  const account = pushAccount === undefined ? {} : { serviceAccountEmail: pushAccount };
  const targets = pushed.map(({ name, url }) => [name, { endpoint: url, ...account }]);
  return { project, prefix, push: Object.fromEntries(targets), pull };
}

function readPush(text: string): { name: string; url: string } {
  const [name = "", ...rest] = text.split("=");
  return { name, url: rest.join("=") };
}

const isService = (name: string) => servicesOf().includes(name);

/** Until version 0.1.0 a service had several functions, and each had a name such as sender.send. */
function unknown(flag: string, name: string, value = ""): string {
  const service = serviceOf(name);
  if (isService(service))
    return `${JSON.stringify(name)}: all messages of a service go to one place now, so write ${flag} ${service}${value}`;
  return `${JSON.stringify(name)}: must be one of ${servicesOf().join(", ")}`;
}

/** Pub/Sub pushes to https only; its emulator also to this machine. */
function isPushUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" || (url?.protocol === "http:" && LOCAL.includes(url.hostname));
}
