import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigError } from "@fanfare/shared/errors";
import { beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "../testing/folder.ts";
import { type Found, findEmulators } from "./find.ts";

const PUBSUB = "platform/pubsub-emulator/bin/cloud-pubsub-emulator";
const FIRESTORE = "platform/cloud-firestore-emulator/cloud_firestore_emulator";

/** An empty machine: a home and a PATH with nothing in it, and no usual places. */
let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = makeFolder();
  env = { HOME: home, PATH: join(home, "bin") };
});

function put(path: string, text = ""): string {
  const full = join(home, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  chmodSync(full, 0o755);
  return full;
}

const putJava = (path = "bin/java", version = "17.0.15") =>
  put(path, `#!/bin/sh\necho 'openjdk version "${version}" 2025-04-15' >&2\n`);
const putCli = (root: string) => ({
  pubsub: put(`${root}/${PUBSUB}`),
  firestore: put(`${root}/${FIRESTORE}`),
});

const find = (roots: string[] = []) => findEmulators(env, roots);
const started = (found: Found) => (found.kind === "installed" ? [found.command, ...found.args] : found.host);

function refusal(roots: string[] = []): string {
  try {
    find(roots);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("something was found");
}

describe("emulators that run already", () => {
  test("are taken, and nothing else is looked for", () => {
    Object.assign(env, { PUBSUB_EMULATOR_HOST: "localhost:1", FIRESTORE_EMULATOR_HOST: "localhost:2" });
    expect(find()).toEqual({
      pubsub: { kind: "running", host: "localhost:1" },
      firestore: { kind: "running", host: "localhost:2" },
    });
  });

  test("go before installed ones, each by itself", () => {
    putJava();
    const { firestore } = putCli("sdk");
    env.PUBSUB_EMULATOR_HOST = "localhost:1";
    const found = find([join(home, "sdk")]);
    expect([started(found.pubsub), started(found.firestore)]).toEqual(["localhost:1", [firestore, "start"]]);
  });
});

describe("the Google Cloud CLI's emulators are found", () => {
  const cases: [string, (root: string) => unknown][] = [
    ["where CLOUDSDK_ROOT_DIR says", (root) => Object.assign(env, { CLOUDSDK_ROOT_DIR: root })],
    ["beside the gcloud that the PATH links to", linkGcloud],
    ["in a usual place", (root) => roots.push("/nowhere", root)],
  ];
  let roots: string[];
  test.each(cases)("%s", (_, place) => {
    roots = [];
    putJava();
    const { pubsub, firestore } = putCli("some/sdk");
    place(join(home, "some/sdk"));
    const found = find(roots);
    expect([started(found.pubsub), started(found.firestore)]).toEqual([[pubsub], [firestore, "start"]]);
  });

  test("in the named folder rather than in a usual one", () => {
    putJava();
    const { pubsub } = putCli("named");
    putCli("usual");
    env.CLOUDSDK_ROOT_DIR = join(home, "named");
    expect(started(find([join(home, "usual")]).pubsub)).toEqual([pubsub]);
  });

  test("and get little memory and the Java that was found", () => {
    const java = putJava("jdk/bin/java");
    env.JAVA_HOME = join(home, "jdk");
    putCli("sdk");
    const PATH = `${dirname(java)}:${env.PATH}`;
    expect(find([join(home, "sdk")])).toMatchObject({
      pubsub: { env: { PATH, JAVA_OPTS: "-Xmx512m" } },
      firestore: { env: { PATH, JAVA: "java -Xmx2g" } },
    });
  });

  function linkGcloud(): void {
    symlinkSync(put("some/sdk/bin/gcloud"), join(home, "bin/gcloud"));
  }
});

describe("what firebase-tools downloaded", () => {
  const cache = ".cache/firebase/emulators";
  const script = "pubsub-emulator/bin/cloud-pubsub-emulator";

  test("is found in its newest version", () => {
    const java = putJava();
    put(`${cache}/pubsub-emulator-0.8.9/${script}`);
    const pubsub = put(`${cache}/pubsub-emulator-0.8.14/${script}`);
    put(`${cache}/pubsub-emulator-0.8.20.zip`);
    put(`${cache}/cloud-firestore-emulator-v1.9.8.jar`);
    const firestore = put(`${cache}/cloud-firestore-emulator-v1.19.8.jar`);
    put(`${cache}/ui-v1.15.0/server/server.mjs`);
    const found = find();
    expect(started(found.pubsub)).toEqual([pubsub]);
    expect(started(found.firestore)).toEqual([java, "-Xmx2g", "-Duser.language=en", "-jar", firestore]);
  });

  test("is found where FIREBASE_EMULATORS_PATH says, and a folder without the emulator is passed over", () => {
    putJava();
    env.FIREBASE_EMULATORS_PATH = join(home, "cache");
    const pubsub = put(`cache/pubsub-emulator-0.8.14/${script}`);
    mkdirSync(join(home, "cache/pubsub-emulator-0.8.20"));
    put("cache/cloud-firestore-emulator-v1.19.8.jar");
    expect(started(find().pubsub)).toEqual([pubsub]);
  });

  test("comes after the Google Cloud CLI's", () => {
    putJava();
    put(`${cache}/pubsub-emulator-0.8.14/${script}`);
    const { pubsub } = putCli("sdk");
    expect(started(find([join(home, "sdk")]).pubsub)).toEqual([pubsub]);
  });
});

describe("what is missing is said, and how to get it", () => {
  test("no emulator", () => {
    putJava();
    const message = refusal();
    expect(message).toMatch(/^The Pub\/Sub emulator was not found.\nThe Firestore emulator was not found.\n/);
    for (const way of [
      "gcloud components install pubsub-emulator cloud-firestore-emulator",
      "google-cloud-cli-pubsub-emulator google-cloud-cli-firestore-emulator",
      "setup:emulators:pubsub",
      "setup:emulators:firestore",
    ])
      expect(message).toContain(way);
  });

  test("one of the two", () => {
    putJava();
    put(`sdk/${PUBSUB}`);
    const message = refusal([join(home, "sdk")]);
    expect(message).toContain("The Firestore emulator was not found.");
    expect(message).not.toContain("The Pub/Sub emulator was not found.");
  });

  const javas: [string, () => unknown, RegExp][] = [
    ["no Java", () => undefined, /Java 11 or newer is needed: there is none on the PATH/],
    ["an old Java", () => putJava("bin/java", "1.8.0_402"), /bin\/java is version 8/],
    ["a Java that does not run", () => put("bin/java", "#!/bin/sh\nexit 1\n"), /does not tell its version/],
    [
      "a wrong JAVA_HOME",
      () => Object.assign(env, { JAVA_HOME: "/nowhere" }),
      /none in JAVA_HOME \(\/nowhere\)/,
    ],
  ];
  test.each(javas)("%s, once for both", (_, make, why) => {
    make();
    putCli("sdk");
    expect(
      refusal([join(home, "sdk")])
        .split("\n")
        .filter((line) => why.test(line)),
    ).toHaveLength(1);
  });
});
