import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Child, startChild } from "@fanfare/shared/testing/child";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Found, findEmulators } from "./find.ts";
import { startEmulators } from "./start.ts";

const START = import.meta.resolve("./start.ts");
const FIND = import.meta.resolve("./find.ts");

/** Without the hosts of those that run for the tests. */
const { PUBSUB_EMULATOR_HOST: _, FIRESTORE_EMULATOR_HOST: __, ...bare } = process.env;

/** Not the pair that runs for the tests: these start their own. */
function canFind(): boolean {
  try {
    return findEmulators(bare) !== null;
  } catch (error) {
    if (process.env.REQUIRE_EMULATORS) throw error;
    return false;
  }
}

const answers = (host: string) =>
  fetch(`http://${host}/`).then(
    () => true,
    () => false,
  );

const installed = (command: string, ...args: string[]): Found => ({
  kind: "installed",
  command,
  args,
  env: {},
});
const shell = (script: string) => installed("/bin/sh", "-c", script);

describe.skipIf(!canFind())("the real emulators, where they are installed", () => {
  test("answer once they are started, and are gone once closed", async () => {
    const { pubsubHost, firestoreHost, close } = await startEmulators(findEmulators(bare));
    expect(pubsubHost).not.toBe(firestoreHost);
    const collection = `http://${firestoreHost}/v1/projects/test-start/databases/(default)/documents/any`;
    expect(await (await fetch(collection)).json()).toEqual({});
    const topics = await fetch(`http://${pubsubHost}/v1/projects/test-start/topics`);
    expect(await topics.json()).toEqual({});
    await close();
    expect(await Promise.all([pubsubHost, firestoreHost].map(answers))).toEqual([false, false]);
  });

  test("are gone when the process that started them is killed", async () => {
    const child = startChild(
      `import { startEmulators } from "${START}";
       import { findEmulators } from "${FIND}";
       const { pubsubHost, firestoreHost } = await startEmulators(findEmulators(JSON.parse(process.argv[1])));
       process.send([pubsubHost, firestoreHost]);
       process.on("message", () => undefined);`,
      bare,
    );
    const [hosts] = (await child.told(1)) as [string[]];
    expect(await Promise.all(hosts.map(answers))).toEqual([true, true]);
    child.kill();
    const alive = async () => (await Promise.all(hosts.map(answers))).filter(Boolean);
    await expect.poll(alive, { timeout: 10_000 }).toEqual([]);
  });
});

describe("beside an emulator that runs already", () => {
  const server = createServer((_request, response) => response.end("Ok\n"));
  let running: Extract<Found, { kind: "running" }>;
  beforeEach(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    running = { kind: "running", host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test("nothing is started where both run, and both run on", async () => {
    const { pubsubHost, firestoreHost, close } = await startEmulators({
      pubsub: running,
      firestore: running,
    });
    expect([pubsubHost, firestoreHost]).toEqual([running.host, running.host]);
    await close();
    expect(await answers(running.host)).toBe(true);
  });

  /** A server at the port that it is given, which then says that the port was taken. */
  const pretender = `${process.execPath} -e "require('node:http').createServer((q, s) => s.end()).listen(\
    +process.argv[1].slice(7), '127.0.0.1')" -- "$1" & echo Address already in use; wait`;

  const cases: [string, Found, number, RegExp][] = [
    [
      "says to run and does not",
      { kind: "running", host: "127.0.0.1:1" },
      200,
      /at 127.0.0.1:1, where nothing/,
    ],
    ["ends", shell("echo no memory >&2; exit 3"), 20_000, /ended before it answered. It wrote:\nno memory$/],
    ["is not there", installed("/nowhere/at-all"), 20_000, /ENOENT/],
    ["never answers", shell("echo starting; sleep 600"), 1_000, /within 1000 ms. It wrote:\nstarting$/],
    ["did not get its port, at which another answers", shell(pretender), 20_000, /already in use/],
  ];
  test.each(cases)("one that %s is an error that says so", async (_name, pubsub, timeoutMs, why) => {
    await expect(startEmulators({ pubsub, firestore: running }, { timeoutMs })).rejects.toThrow(why);
  });
});

describe("what a started program started itself", () => {
  const KEEP = import.meta.resolve("./keep.ts");
  const server = `const server = require("node:http").createServer((q, s) => s.end());
    server.listen(0, "127.0.0.1", () => console.log("127.0.0.1:" + server.address().port));`;

  /** A process that keeps a shell that runs a server, and tells where the server listens. */
  const keeping = (then: string): Child =>
    startChild(
      `import { keep } from "${KEEP}";
       const { node, server } = JSON.parse(process.argv[1]);
       const kept = keep("/bin/sh", ["-c", '"$0" -e "$1" & wait', node, server], process.env);
       const timer = setInterval(() => {
         if (!kept.output().endsWith("\\n")) return;
         clearInterval(timer);
         process.send(kept.output().trim(), () => { ${then} });
       }, 10);
       process.once("message", () => kept.kill().then(() => process.exit(0)));`,
      { node: process.execPath, server },
    );

  const ways: [string, string, (child: Child) => void][] = [
    ["is killed with it", "", (child) => child.send("kill it")],
    ["ends with a parent that is killed", "", (child) => child.kill()],
    ["ends with a parent that exits", "process.exit(0)", () => undefined],
  ];
  test.each(ways)("%s", async (_name, then, end) => {
    const child = keeping(then);
    const [host] = (await child.told(1)) as [string];
    end(child);
    await child.ended;
    await expect.poll(() => answers(host), { timeout: 10_000 }).toBe(false);
  });
});
