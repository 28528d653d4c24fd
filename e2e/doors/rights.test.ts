import { readFileSync } from "node:fs";
import { join } from "node:path";
import { servicesOf, TOPOLOGY } from "@fanfare/shared/bus/topology";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { broadcastEvents } from "@fanfare/shared/events/broadcast-events";
import { broadcastsDue } from "@fanfare/shared/events/broadcasts-due";
import { createFolder } from "@fanfare/shared/testing/folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bundled, bundleServices, sourcesWith } from "../testing/bundled.ts";
import { REPOSITORY } from "../testing/deployed.ts";
import { type Granted, paste, readGrants } from "../testing/granted.ts";

/** What SECURITY.md has a person grant is what the code of each service uses: no more, and no less. */

const SERVICES = ["registrar", "resolver", "scheduler", "sender"];
const PUSHED_TO = SERVICES.filter((service) => service !== "registrar");

const subscriptionsOf = (service: string) =>
  Object.keys(TOPOLOGY.subscriptions).filter((name) => name.startsWith(`${service}.`));

/** Where topics are published to, and which. A place that is missing here fails the tests. */
const PUBLISHERS: Record<string, (service: string) => (string | undefined)[]> = {
  "shared/src/hosting/event-endpoint.ts": (service) =>
    subscriptionsOf(service).map((name) => TOPOLOGY.subscriptions[name]?.deadLetter?.topic),
  "shared/src/events/token-chunks.ts": () => ["token-chunks", "token-chunks-urgent"],
  "shared/src/broadcasts/debts.ts": () => [broadcastsDue.topic, broadcastEvents.topic],
  "services/scheduler/src/bury.ts": () => [broadcastEvents.topic],
  "services/scheduler/src/tick.ts": () => [audienceRanges.topic],
  "services/resolver/src/resolve-range.ts": () => [audienceRanges.topic],
};

const PERMISSIONS: Record<string, string> = {
  createJob: "cloudscheduler.jobs.create",
  deleteJob: "cloudscheduler.jobs.delete",
  getJob: "cloudscheduler.jobs.get",
  listJobs: "cloudscheduler.jobs.list",
  pauseJob: "cloudscheduler.jobs.pause",
  resumeJob: "cloudscheduler.jobs.enable",
  runJob: "cloudscheduler.jobs.run",
  updateJob: "cloudscheduler.jobs.update",
};

const folder = createFolder();
afterAll(folder.remove);

let bundles: Map<string, Bundled>;
let granted: Map<string, Granted>;
beforeAll(() => {
  bundles = bundleServices(join(folder.path));
  granted = readGrants(paste(join(REPOSITORY, "SECURITY.md"), "Accounts", folder.path));
});

const bundleOf = (service: string): Bundled => bundles.get(service) ?? new Map();

function topicsOf(service: string): string[] {
  const sources = sourcesWith(bundleOf(service), /\.publish\(/).filter(
    (path) => !path.startsWith("node_modules"),
  );
  const topics = sources.flatMap((source) => PUBLISHERS[source]?.(service) ?? [`unknown: ${source}`]);
  return [...new Set(topics.filter((topic) => topic !== undefined))].sort();
}

/** The rights on the project that a service's code uses, Firestore's aside. */
function projectRightsOf(service: string): string[] {
  const sends = sourcesWith(bundleOf(service), /messages:send/).length > 0;
  return [...schedulerRightsOf(service), ...(sends ? ["cloudmessaging.messages.create"] : [])];
}

function schedulerRightsOf(service: string): string[] {
  const calls = [...bundleOf(service)]
    .filter(([source]) => !source.startsWith("node_modules"))
    .flatMap(([, code]) => [...code.matchAll(/\bclient\w*\.(\w+Jobs?)\(/g)].map(([, call = ""]) => call));
  return [...new Set(calls)].map((call) => PERMISSIONS[call] ?? `unknown: ${call}`).sort();
}

describe("rights: what is granted to an account is what its service uses", () => {
  test("there is one account for each service, and one each for those that call", () => {
    expect([...granted.keys()].sort()).toEqual([...SERVICES, "push", "triggers"].sort());
    const table = readFileSync(join(REPOSITORY, "SECURITY.md"), "utf8");
    for (const account of granted.keys())
      expect(table).toMatch(new RegExp(`^\\| ${account} \\| .+ \\| .+ \\|$`, "m"));
  });

  test.each(SERVICES)("topics: %s", (service) => {
    const topics = topicsOf(service);
    const expected = topics.length > 0 ? { "roles/pubsub.publisher": topics } : {};
    expect(sorted(granted.get(service)?.topics)).toEqual(expected);
  });

  test.each(SERVICES)("the project: %s", (service) => {
    const rights = ["roles/datastore.user", ...projectRightsOf(service)];
    expect(granted.get(service)?.project.toSorted()).toEqual(rights.sort());
  });

  test.each(PUSHED_TO)("subscriptions: %s", (service) => {
    const own = subscriptionsOf(service).sort();
    const pulls = service === "sender" ? { "roles/pubsub.subscriber": own } : {};
    expect(sorted(granted.get(service)?.subscriptions)).toEqual({ "roles/pubsub.viewer": own, ...pulls });
  });

  test("the registrar can neither send, nor publish, nor make schedules", () => {
    const registrar = bundleOf("registrar");
    expect(registrar.size).toBeGreaterThan(0);
    expect([...registrar.keys()].filter((path) => path.includes("@google-cloud/scheduler"))).toEqual([]);
    expect(sourcesWith(registrar, /messages:send|fcm\.googleapis\.com/)).toEqual([]);
    const nothingElse = { topics: {}, subscriptions: {}, calls: [] };
    expect(granted.get("registrar")).toEqual({ project: ["roles/datastore.user"], ...nothingElse });
  });

  test("the push account may call what Pub/Sub pushes to, and nothing else", () => {
    const services = servicesOf().map((service) => `fanfare-${service}`);
    const { calls = [], ...others } = granted.get("push") ?? {};
    expect(calls.sort()).toEqual(services.sort());
    expect(others).toEqual({ project: [], topics: {}, subscriptions: {} });
  });

  test("the triggers' account may receive events and call the functions with triggers, and nothing else", () => {
    const { calls, ...others } = granted.get("triggers") ?? {};
    expect(others).toEqual({ project: ["roles/eventarc.eventReceiver"], topics: {}, subscriptions: {} });
    const guide = readFileSync(join(REPOSITORY, "docs/migrating-from-flutterflow.md"), "utf8");
    for (const name of calls ?? []) expect(guide).toContain(` ${name} `);
  });
});

function sorted(byRole: Record<string, string[]> = {}): Record<string, string[]> {
  return Object.fromEntries(Object.entries(byRole).map(([role, ids]) => [role, ids.toSorted()]));
}
