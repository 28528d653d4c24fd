import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { afterAll, beforeAll, describe } from "vitest";
import { type App, startApp } from "../testing/flutterflow/app.ts";
import { ASKING, describeAsking } from "../testing/flutterflow/describe-asking.ts";
import { describeDevices } from "../testing/flutterflow/describe-devices.ts";
import { describeDocuments } from "../testing/flutterflow/describe-documents.ts";
import { describeFaults, LIMITS } from "../testing/flutterflow/describe-faults.ts";
import { describeRules } from "../testing/flutterflow/describe-rules.ts";
import { describeWording } from "../testing/flutterflow/describe-wording.ts";
import { registerDevices } from "../testing/flutterflow/devices.ts";

/** Documents as FlutterFlow's console and apps write them, through the deployed functions and back. */

describeOnEmulators("FlutterFlow's documents", ["pubsub", "firestore"], () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({
      FANFARE_APP_PER_HOUR: String(LIMITS.perHour),
      FANFARE_APP_MAX_USERS: String(LIMITS.maxUsers),
      ...ASKING,
    });
    await registerDevices(app.firestore);
  });
  afterAll(() => app?.close());

  describe("are sent and answered as ever", () => describeDocuments(() => app));
  describe("ask to be sent, or do not", () => describeAsking(() => app));
  describe("in what words they may be written:", () => describeWording(() => app));
  describe("reach devices however they are written down", () => describeDevices(() => app));
  describe("without the faults of the generated functions", () => describeFaults(() => app));
  describe("are an app's to write, within the rules", () => describeRules(() => app));
});
