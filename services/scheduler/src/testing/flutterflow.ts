import { certainClock } from "@fanfare/shared/clock";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { LONGEST_MS } from "@fanfare/shared/domain/phases";
import { createLog } from "@fanfare/shared/hosting/log";
import { CATCH_UP_MS } from "@fanfare/shared/operations/submit";
import type { TestStore } from "@fanfare/shared/testing/store";
import type { FlutterFlowDeps } from "../flutterflow/deps.ts";
import { flutterflowDefaults } from "../flutterflow/settings.ts";
import { takeDocument } from "../flutterflow/take-document.ts";
import type { Taken } from "../flutterflow/taken.ts";

type Fields = Record<string, unknown>;

/** A document of an app, by `users/eve`, to two users. */
export const FROM_APP = {
  notification_title: "Hello",
  notification_text: "World",
  user_refs: "users/ada,users/bob",
  initial_page_name: "ChatPage",
  parameter_data: '{"chat":"chats/42"}',
  sender: "users/eve",
};

/** A document of the console, to everybody. */
export const FROM_CONSOLE = {
  notification_title: "Hello",
  notification_text: "World",
  target_audience: "All",
  status: "started",
  num_sent: 0,
};

/** What takes documents, on a store for tests, and short ways to write them and to look at what came of it. */
export function createTaking(store: TestStore, settings: Partial<FlutterFlowDeps> = {}) {
  const deps: FlutterFlowDeps = {
    ...store,
    clock: certainClock,
    usersCollection: "users",
    catchUpMs: CATCH_UP_MS,
    longestMs: LONGEST_MS,
    ...flutterflowDefaults,
    limits: { maxUsers: 10, perHour: 5, serversPerHour: 3, senders: new Map([["users/bot", 8]]) },
    log: createLog("test", "silent"),
    ...settings,
  };
  const { documents } = deps;
  const broadcasts = () => store.broadcasts.list(undefined, 100);

  return {
    deps,
    /** Writes a document, and gives it as an event would tell of it. */
    async write(path: string, fields: Fields) {
      await documents.put([{ path, fields }]);
      const document = await documents.get(path);
      if (!document) throw new Error(`${path} was not written`);
      return document;
    },
    /** Writes a document and takes it. */
    async ask(path: string, fields: Fields): Promise<Taken> {
      return takeDocument(deps, await this.write(path, fields));
    },
    /** What was written back. */
    async answerIn(path: string): Promise<Fields> {
      const { status, num_sent, error } = (await documents.get(path))?.fields ?? {};
      return Object.fromEntries(
        Object.entries({ status, num_sent, error }).filter(([, value]) => value !== undefined),
      );
    },
    broadcasts,
    /** The one broadcast that there is. */
    async theOnly(): Promise<Broadcast> {
      const [broadcast, ...more] = await broadcasts();
      if (!broadcast || more.length > 0) throw new Error(`there are ${more.length + (broadcast ? 1 : 0)}`);
      return broadcast;
    },
  };
}
