import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { createPubSubBus } from "@fanfare/shared/bus/pubsub";
import { applyTopology } from "@fanfare/shared/bus/pubsub-topology";
import { servicesOf } from "@fanfare/shared/bus/topology";
import { audienceRanges } from "@fanfare/shared/events/audience-ranges";
import { ticks } from "@fanfare/shared/events/ticks";
import { tokenChunks } from "@fanfare/shared/events/token-chunks";
import { openFirestore } from "@fanfare/shared/google/firestore";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { describeOnEmulators, EMULATOR_HOST, freshProject } from "@fanfare/shared/testing/emulators";
import { makePushToken, PUSH_ACCOUNT } from "@fanfare/shared/testing/google-accounts";
import { beforeAll, describe, expect, test } from "vitest";
import { REPOSITORY, type Running } from "./testing/deployed.ts";
import { useDeployment } from "./testing/use-deployment.ts";

/** What `npm run build` makes, started away from the repository as Cloud Run starts it. */

/** Services that Pub/Sub pushes to, and the functions that apps and Firebase call. */
const DEPLOYED = [
  ...servicesOf().map((service) => `${service}.push`),
  "scheduler.documents",
  "registrar.addFcmToken",
  "registrar.removeFcmToken",
  "registrar.userDeleted",
].map((name) => name.split(".") as [service: string, name: string]);
/** Apps call these with an ID token of their user. */
const isCalled = (name: string) => name.endsWith("FcmToken");
const SERVICES = [...new Set(DEPLOYED.map(([service]) => service))].sort();
const AUDIENCE = "https://function.example.run.app";
const SETTINGS = {
  FANFARE_PROJECT: "demo-project",
  FANFARE_REGION: "us-central1",
  FANFARE_PUSH_AUTH: "verify",
  FANFARE_PUSH_ACCOUNT: PUSH_ACCOUNT,
  FANFARE_PUSH_AUDIENCE: AUDIENCE,
};

const deployment = useDeployment();

const builtOf = (service: string) => deployment().built.find((built) => built.service === service);

describe("what is built", () => {
  test("are the services that something calls", () => {
    expect(deployment().built.map(({ service }) => service)).toEqual(SERVICES);
  });

  test.each(SERVICES)("asks for the framework only, at the locked version: %s", (service) => {
    const name = "@google-cloud/functions-framework";
    const lock = JSON.parse(readFileSync(join(REPOSITORY, "package-lock.json"), "utf8"));
    const { dependencies } = JSON.parse(readFileSync(fileOf(service, "package.json"), "utf8"));
    expect(dependencies).toEqual({ [name]: lock.packages[`node_modules/${name}`].version });
  });

  test.each(SERVICES)("loads the framework only where the framework has loaded it: %s", (service) => {
    const text = readFileSync(fileOf(service, "main.js"), "utf8");
    expect(text).toContain('import("@google-cloud/functions-framework")');
    expect(text).not.toMatch(/^import .*functions-framework/m);
  });

  test.each(SERVICES)(
    "starts by its main file if Pub/Sub pushes to it, else by the framework: %s",
    (service) => {
      const { scripts } = JSON.parse(readFileSync(fileOf(service, "package.json"), "utf8"));
      const framework = "exec functions-framework";
      expect(scripts).toMatchObject(
        servicesOf().includes(service)
          ? { start: "exec node main.js", function: framework }
          : { start: framework, function: framework },
      );
    },
  );

  test.each(SERVICES)("names nothing of the machine that built it: %s", (service) => {
    for (const { name } of builtOf(service)?.files ?? []) {
      const text = readFileSync(fileOf(service, name), "utf8");
      expect(text.includes(REPOSITORY)).toBe(false);
      if (!name.endsWith(".map")) continue;
      const { sources, sourcesContent } = JSON.parse(text);
      expect(sources.filter(isAbsolute)).toEqual([]);
      expect(sources).toContain(`../src/${name.replace(".js.map", ".ts")}`);
      expect(sourcesContent).toHaveLength(sources.length);
    }
  });
});

function fileOf(service: string, name: string): string {
  return join(builtOf(service)?.folder ?? "", name);
}

describe("what is deployed", () => {
  const answersAndEnds = async (name: string, running: Running) => {
    await running.listens;
    expect(await running.post({ hello: "world" }, makePushToken(AUDIENCE))).toBe(isCalled(name) ? 401 : 400);
    expect(await running.end()).toBe(0);
  };

  test.concurrent.each(DEPLOYED)(
    "answers what is not for it with 400, and ends when asked to: %s.%s",
    async (service, name) => answersAndEnds(name, await deployment().serve(service, name, SETTINGS)),
  );

  test.concurrent.each(servicesOf())("does the same as a function by itself: %s", async (service) =>
    answersAndEnds("push", await deployment().serveAsFunction(service, "push", SETTINGS)),
  );

  // npm runs a script in a shell, which passes no signal on.
  test.concurrent.each(["start", "function"])(
    "is asked to end, not cut off, where npm has started it: npm run %s",
    async (script) => {
      const target = script === "function" ? { FUNCTION_TARGET: "push" } : {};
      const running = await deployment().runScript("resolver", script, { ...SETTINGS, ...target });
      await expect.poll(() => running.get().catch(() => undefined), { timeout: 60_000 }).toBe(405);
      expect(await running.end()).toBe(0);
    },
  );

  const LOCAL = { FANFARE_PROJECT: "demo-project", PUBSUB_EMULATOR_HOST: "127.0.0.1:1" };

  test.concurrent.each([
    ["FANFARE_PROJECT", "scheduler", "push", { FANFARE_CLOCK: "external" }],
    ["FANFARE_REGION", "scheduler", "push", { FANFARE_PROJECT: "demo-project" }],
    ["FANFARE_PROJECT", "resolver", "push", {}],
    ["FANFARE_PROJECT", "sender", "push", {}],
    ["FANFARE_PUSH_ACCOUNT", "sender", "push", { ...SETTINGS, FANFARE_PUSH_ACCOUNT: "" }],
    ["FANFARE_PUSH_AUDIENCE", "resolver", "push", { ...SETTINGS, FANFARE_PUSH_AUDIENCE: "" }],
    ["FANFARE_PUSH_ACCOUNT", "scheduler", "documents", { ...SETTINGS, FANFARE_PUSH_ACCOUNT: "" }],
    ["FANFARE_PUSH_AUDIENCE", "registrar", "userDeleted", { ...SETTINGS, FANFARE_PUSH_AUDIENCE: "" }],
    ["PUBSUB_EMULATOR_HOST", "scheduler", "documents", { ...LOCAL, FANFARE_CLOCK: "external" }],
    ["FANFARE_PROJECT", "registrar", "addFcmToken", {}],
    [
      "FIREBASE_AUTH_EMULATOR_HOST",
      "registrar",
      "addFcmToken",
      { FANFARE_PROJECT: "demo-project", FIREBASE_AUTH_EMULATOR_HOST: "127.0.0.1:9099" },
    ],
  ])("says that %s is wrong or missing, and ends: %s.%s", async (variable, service, name, settings) => {
    await expectMissing(await deployment().serve(service, name, settings), variable);
  });

  test.concurrent("refuses to be a function within the network's reach where nothing is proved", async () => {
    await expectMissing(await deployment().serveAsFunction("sender", "push", LOCAL), "PUBSUB_EMULATOR_HOST");
  });

  test.concurrent("says which port it cannot listen on, and ends", async () => {
    const first = await deployment().serve("resolver", "push", SETTINGS);
    await first.listens;
    const { port } = new URL(first.url);
    await expectMissing(await deployment().serve("resolver", "push", { ...SETTINGS, PORT: port }), "PORT");
  });

  test.concurrent("says so as a worker too", async () => {
    await expectMissing(await deployment().runWorker("sender", {}), "FANFARE_PROJECT");
  });
});

async function expectMissing({ ended }: Running, variable: string): Promise<void> {
  const { code, errors } = await ended;
  expect(code).toBe(1);
  expect(errors).toContain(`${variable}: `);
}

describeOnEmulators("on Pub/Sub and Firestore", ["pubsub", "firestore"], () => {
  const project = freshProject();
  const workerProject = freshProject();
  const nothing = `b${"0".repeat(24)}.000`;
  const range = audienceRanges.encode({ rangeId: nothing });
  const chunk = tokenChunks.encode({ chunkId: `${nothing}.000000` });

  beforeAll(async () => {
    await Promise.all([project, workerProject].map((one) => applyTopology({ project: one })));
  });

  const settingsOn = (project: string) => ({
    ...SETTINGS,
    FANFARE_PROJECT: project,
    ...Object.fromEntries(Object.values(EMULATOR_HOST).map((name) => [name, process.env[name]])),
  });

  async function push(service: string, subscription: string, text: string): Promise<number> {
    const running = await deployment().serve(service, "push", settingsOn(project));
    await running.listens;
    const pushed = {
      subscription: `projects/${project}/subscriptions/${subscription}`,
      message: { messageId: "1", data: Buffer.from(text).toString("base64") },
    };
    const status = await running.post(pushed, makePushToken(AUDIENCE));
    expect(await running.end()).toBe(0);
    return status;
  }

  /** The data of a message that waits in the subscription. */
  async function take(subscription: string): Promise<string> {
    const bus = createPubSubBus({ project });
    const { promise, resolve } = Promise.withResolvers<string>();
    bus.subscribe(subscription, 1, async ({ data }) => {
      resolve(data);
      return "ack";
    });
    return promise.finally(() => bus.close());
  }

  test.concurrent("the scheduler looks for work at a tick", async () => {
    expect(await push("scheduler", "scheduler.tick", ticks.encode({}).data)).toBe(204);
  });

  test.concurrent.each([
    ["resolver", "resolver.ranges", range.data],
    ["sender", "sender.chunks", chunk.data],
  ])("the %s makes a dead letter of an id that nothing has", async (service, subscription, text) => {
    expect(await push(service, subscription, text)).toBe(204);
    expect(await take(`${service}.bury`)).toBe(text);
  });

  test.concurrent("the registrar removes what a deleted user had", async () => {
    const firestore = openFirestore({ project });
    const registrations = createFirestoreRegistrations(firestore);
    const device = { address: "address", kind: "token", deviceType: "web" } as const;
    await registrations.register({ ...device, owner: "users/gone" });
    const running = await deployment().serve("registrar", "userDeleted", settingsOn(project));
    await running.listens;
    const context = { eventType: "providers/firebase.auth/eventTypes/user.delete" };
    const deletion = { data: { uid: "gone" }, context };
    expect(await running.post(deletion)).toBe(401);
    expect(await running.post(deletion, makePushToken(AUDIENCE))).toBe(204);
    expect(await registrations.readOwned(["users/gone"])).toEqual([]);
    expect(await running.end()).toBe(0);
    await firestore.terminate();
  });

  test.concurrent("the sender's worker pulls, says that it is well, and ends when asked to", async () => {
    const worker = await deployment().runWorker("sender", settingsOn(workerProject));
    const bus = createPubSubBus({ project: workerProject });
    await bus.publish(tokenChunks.topic, [chunk]);
    await bus.close();
    await worker.wrote(/"message can never be handled"/);
    expect(await worker.get()).toBe(200);
    expect(await worker.end()).toBe(0);
  });
});
