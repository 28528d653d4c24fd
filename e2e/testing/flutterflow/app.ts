import { broadcastIdOf } from "@fanfare/scheduler/flutterflow/keys";
import { documentEvent } from "@fanfare/shared/hosting/document-event";
import { examine } from "@fanfare/shared/operations/doctor/examine";
import { lineOf } from "@fanfare/shared/operations/doctor/finding";
import { type DocumentData, Firestore } from "@google-cloud/firestore";
import { expect } from "vitest";
import { type Installation, startInstallation } from "../emulated.ts";

/** What FlutterFlow's app and console do to the database, and Eventarc's word of it. */
export interface App {
  installation: Installation;
  firestore: Firestore;
  /** Writes a document as FlutterFlow does, and lets its event come. */
  ask(path: string, fields: DocumentData): Promise<Asked>;
  /** Changes a document, and lets its event come. */
  change(path: string, fields: DocumentData): Promise<void>;
  /** Deletes a document, and lets its event come. */
  remove(path: string): Promise<void>;
  /** What `fanfare doctor` finds, without the start of a process. */
  examine(): Promise<string>;
  close(): Promise<void>;
}

export interface Asked {
  broadcastId: string;
  /** Lets the event of its creation come again. */
  tellAgain(): Promise<void>;
  /** What is written back, once it is. */
  answer(): Promise<DocumentData>;
  /** The addresses that FCM accepted a message for, in order; with the whole answer waited for. */
  reached(): Promise<string[]>;
  /** The one message that FCM was given, without its target. */
  message(): unknown;
}

export async function startApp(settings: Record<string, string>): Promise<App> {
  await using opening = new AsyncDisposableStack();
  const installation = opening.adopt(
    await startInstallation({ documents: true, population: [], settings }),
    (one) => one.close(),
  );
  const { project, urls, simulator } = installation;
  const firestore = opening.adopt(new Firestore({ projectId: project }), (one) => one.terminate());
  const closing = opening.move();

  async function tell(
    kind: "created" | "updated" | "deleted",
    path: string,
    createdAt: number,
  ): Promise<void> {
    const { headers, body } = documentEvent({ kind, path, createdAt, project });
    const response = await fetch(urls["scheduler.documents"] ?? "", { method: "POST", headers, body });
    expect(response.status, `the event of ${path}`).toBe(204);
  }

  async function createdAtOf(path: string): Promise<number> {
    const { createTime } = await firestore.doc(path).get();
    if (!createTime) throw new Error(`${path} is not there`);
    return createTime.seconds * 1e6 + createTime.nanoseconds / 1_000;
  }

  return {
    installation,
    firestore,
    async ask(path, fields) {
      await firestore.doc(path).create(fields);
      const createdAt = await createdAtOf(path);
      const broadcastId = broadcastIdOf("on", { path, createdAt });
      await tell("created", path, createdAt);
      return askedOf({
        installation,
        firestore,
        path,
        broadcastId,
        again: () => tell("created", path, createdAt),
      });
    },
    async change(path, fields) {
      await firestore.doc(path).update(fields);
      await tell("updated", path, await createdAtOf(path));
    },
    async remove(path) {
      const createdAt = await createdAtOf(path);
      await firestore.doc(path).delete();
      await tell("deleted", path, createdAt);
    },
    async examine() {
      const { store } = installation;
      const findings = await examine({ ...store, now: store.now(), patienceMs: 180_000, clockHelp: "" });
      return findings.map(lineOf).join("\n");
    },
    close: () => closing.disposeAsync(),
  };

  function askedOf(of: {
    installation: Installation;
    firestore: Firestore;
    path: string;
    broadcastId: string;
    again: () => Promise<void>;
  }): Asked {
    const { path, broadcastId } = of;
    async function answer(): Promise<DocumentData> {
      const read = async () => {
        const { status, num_sent, error } = (await firestore.doc(path).get()).data() ?? {};
        const isThere = status === "succeeded" || status === "failed";
        return isThere ? { status, num_sent, ...(error !== undefined && { error }) } : null;
      };
      await expect
        .poll(read, { timeout: 60_000, interval: 100, message: `the answer of ${path}` })
        .not.toBeNull();
      return (await read()) ?? {};
    }
    return {
      broadcastId,
      tellAgain: of.again,
      answer,
      async reached() {
        await answer();
        const log = [...simulator.control.log(broadcastId)].filter(({ accepted }) => accepted > 0);
        return log.map(({ address }) => address).toSorted();
      },
      message() {
        const stored = simulator.control.messages().filter(({ broadcast }) => broadcast === broadcastId);
        expect(stored).toHaveLength(1);
        return stored[0]?.message;
      },
    };
  }
}
