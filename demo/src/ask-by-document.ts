import { flutterflowDeps } from "@fanfare/local/installation/flutterflow-deps";
import { broadcastIdOf } from "@fanfare/scheduler/flutterflow/keys";
import { takeDocument } from "@fanfare/scheduler/flutterflow/take-document";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import type { Platform } from "@fanfare/shared/domain/registration";
import { documentEvent } from "@fanfare/shared/hosting/document-event";
import type { Store } from "@fanfare/shared/store";
import type { DemoOptions } from "./options.ts";
import type { Stage } from "./stage.ts";

const TARGETS: Record<Platform, string> = { android: "Android", ios: "iOS", web: "Web" };

/** The document that the demo writes. */
export const documentPath = ({ seed }: Pick<DemoOptions, "seed">) => `ff_push_notifications/demo-${seed}`;

/**
 * Asks for the broadcast as FlutterFlow's console does: writes a document, and tells the scheduler of it. Firestore's
 * emulator tells nobody, so the event comes from here; a data file has no events.
 */
export async function askByDocument(options: DemoOptions, stage: Stage): Promise<Broadcast> {
  const { store, urls } = stage;
  const path = documentPath(options);
  const fields = {
    notification_title: "Fanfare",
    notification_text: "The books balance.",
    notification_sound: "default",
    initial_page_name: "HomePage",
    parameter_data: "{}",
    target_audience: options.platform ? TARGETS[options.platform] : "All",
    status: "started",
    num_sent: 0,
    timestamp: new Date().toISOString(),
  };
  await store.documents.put([{ path, fields }]);
  const document = await store.documents.get(path);
  if (!document) throw new Error(`${path} was not written`);
  const url = urls["scheduler.documents"];
  if (url === undefined) await takeDocument(flutterflowDeps(store, {}), document);
  else {
    const { headers, body } = documentEvent({ kind: "created", ...document });
    const response = await fetch(url, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`the scheduler answered the event with ${response.status}`);
  }
  const broadcast = await store.broadcasts.get(broadcastIdOf("on", document));
  if (!broadcast) throw new Error(`${path} was not sent`);
  return broadcast;
}

/** What was written back to it; null as long as nothing was. */
export async function answerIn(store: Store, path: string) {
  const { status, num_sent, error } = (await store.documents.get(path))?.fields ?? {};
  return status === "started" ? null : { status, num_sent, ...(error !== undefined && { error }) };
}
