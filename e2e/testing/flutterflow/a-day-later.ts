import { composeScheduler } from "@fanfare/scheduler/compose";
import { config } from "@fanfare/scheduler/config";
import { handleDocumentEvent, TAKES_DOCUMENTS } from "@fanfare/scheduler/flutterflow/document-function";
import { createScheduler } from "@fanfare/scheduler/service";
import { certainClock } from "@fanfare/shared/clock";
import { documentEvent } from "@fanfare/shared/hosting/document-event";
import { readEnvironment } from "@fanfare/shared/hosting/environment";
import { createFunctions } from "@fanfare/shared/hosting/functions";
import { createLog } from "@fanfare/shared/hosting/log";
import { serveFunction } from "@fanfare/shared/testing/serve-function";
import { expect } from "vitest";
import type { App } from "./app.ts";

const DAY_MS = 24 * 3_600_000;

/** Lets the event of a document come to the function when it is more than a day later. */
export async function tellADayLater({ firestore, installation }: App, path: string): Promise<void> {
  const { project, store } = installation;
  const settings = readEnvironment(config, {
    ...process.env,
    FANFARE_PROJECT: project,
    FANFARE_CLOCK: "external",
  });
  const log = createLog("e2e", "silent");
  const later = { ...store, now: () => store.now() + DAY_MS + 60_000 };
  const parts = composeScheduler(settings, later, certainClock, log);
  const functions = createFunctions([createScheduler(parts)], { store, log, settings });
  const handle = handleDocumentEvent.bind(null, parts);
  const served = await serveFunction("documentsLater", functions.serving(handle, TAKES_DOCUMENTS), log);
  try {
    const { createTime } = await firestore.doc(path).get();
    const createdAt = (createTime?.seconds ?? 0) * 1e6 + (createTime?.nanoseconds ?? 0) / 1_000;
    const { headers, body } = documentEvent({ kind: "updated", path, createdAt, project });
    expect((await fetch(served.url, { method: "POST", headers, body })).status).toBe(204);
  } finally {
    served.close();
    await functions.close();
  }
}
