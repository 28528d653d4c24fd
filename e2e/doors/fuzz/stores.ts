import { TOPOLOGY } from "@fanfare/shared/bus/topology";
import { openFirestore } from "@fanfare/shared/google/firestore";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { watchTopics } from "../../testing/watch.ts";
import type { Outcome } from "./outcome.ts";
import type { Secrets } from "./secrets.ts";
import type { Stage } from "./stage.ts";

/** What functions write of themselves, and of messages by keys that are derived from them. */
const OWN = ["fanfare_health", "fanfare_senders", "fanfare_clock_steps", "fanfare_dead_letters"];

/** The users of calls that go out next to the flood, and are good. */
export const GOOD_USERS = "users/good-";

const SEEDED = ["ada", "bob", "eve"].map((name) => ({
  path: `users/${name}/fcm_tokens/first`,
  address: `${name}-address`,
  kind: "token" as const,
  deviceType: "ios",
  createdAt: 1_700_000_000_000,
}));

/** Documents by their paths, each as its text. */
type Documents = Map<string, string>;

/** Watches Firestore and Pub/Sub from now on. */
export async function watchStores(
  { project, firestoreHost }: Stage,
  secrets: Secrets,
  closing: AsyncDisposableStack,
) {
  await seed(project);
  const before = await readAll(project, firestoreHost);
  const published = new Map<string, Set<number>>();
  const bus = await watchTopics(project, TOPOLOGY.topics, (topic, { data, attributes }) => {
    const found = published.get(topic) ?? new Set();
    for (const index of secrets.find(data + JSON.stringify(attributes))) found.add(index);
    published.set(topic, found);
  });
  closing.defer(() => bus.close());
  return {
    async judge(outcomes: readonly Outcome[]): Promise<{ documents: number; faults: string[] }> {
      const after = await readAll(project, firestoreHost);
      const refused = (index: number) => outcomes[index]?.isRefused === true;
      const dead = deadLettersOf(published, outcomes);
      const unstored = (index: number) => refused(index) || dead.has(index);
      return {
        documents: after.size,
        faults: [
          ...changedOf(before, after),
          ...[...after].flatMap(([path, text]) =>
            before.has(path) ? [] : unexplained(path, text + ownerOf(after, path), secrets, unstored),
          ),
          ...[...published].flatMap(([topic, found]) =>
            [...found]
              .filter(refused)
              .map((index) => `request ${index} was refused, and is in a message of ${topic}`),
          ),
        ],
      };
    },
  };
}

async function seed(project: string): Promise<void> {
  const firestore = openFirestore({ project });
  await createFirestoreRegistrations(firestore).put(SEEDED);
  await firestore.doc("ff_push_notifications/old").set({ notification_title: "Old", status: "succeeded" });
  await firestore.terminate();
}

/** Every document of a database, whatever its collection. The emulator takes this word for the database's owner. */
async function readAll(project: string, host: string): Promise<Documents> {
  const database = `projects/${project}/databases/(default)/documents`;
  const response = await fetch(`http://${host}/v1/${database}:runQuery`, {
    method: "POST",
    headers: { authorization: "Bearer owner", "content-type": "application/json" },
    body: JSON.stringify({ structuredQuery: { from: [{ allDescendants: true }] } }),
  });
  if (!response.ok)
    throw new Error(`the documents cannot be read: ${response.status} ${await response.text()}`);
  const rows = (await response.json()) as {
    document?: { name: string; fields?: object; updateTime: string };
  }[];
  return new Map(
    rows.flatMap(({ document }) =>
      document
        ? [[document.name.slice(database.length + 1), JSON.stringify([document.fields, document.updateTime])]]
        : [],
    ),
  );
}

const changedOf = (before: Documents, after: Documents): string[] =>
  [...before]
    .filter(([path, text]) => after.get(path) !== text)
    .map(([path]) => `${path} was changed or deleted`);

/** A document that was written must be some request's that was taken. */
function unexplained(
  path: string,
  text: string,
  secrets: Secrets,
  refused: (index: number) => boolean,
): string[] {
  if (path.startsWith(GOOD_USERS) || OWN.includes(path.split("/")[0] ?? "")) return [];
  const from = [...secrets.find(path + text)];
  const wrong = from.filter(refused);
  if (from.length === 0) return [`${path} was written, and no request tells why`];
  return wrong.map((index) => `request ${index} was refused, and is in ${path}`);
}

/** What lies below a document of ours is that document's. */
const ownerOf = (all: Documents, path: string) => all.get(path.split("/").slice(0, 2).join("/")) ?? "";

/** Requests that came to nothing but a dead letter. Of several on one connection another may have been taken. */
function deadLettersOf(published: Map<string, Set<number>>, outcomes: readonly Outcome[]): Set<number> {
  const letters = [...published]
    .filter(([topic]) => topic.endsWith("-dead"))
    .flatMap(([, found]) => [...found]);
  return new Set(letters.filter((index) => outcomes[index]?.statuses.length === 1));
}
