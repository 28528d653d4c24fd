import type { Documents } from "@fanfare/shared/documents";
import type { Intake } from "@fanfare/shared/intake";
import type { Log } from "@fanfare/shared/runtime/log";
import type { SubmitDeps } from "../submit.ts";

/** `on`: documents are sent and answered. `shadow`: they are only checked, beside the functions that answer them. */
export type Mode = "on" | "shadow";

/** What one app-triggered notification, and one sender, may ask for. */
export interface AppLimits {
  /** Listed users of one notification. */
  maxUsers: number;
  /** Notifications of one sender within an hour. */
  perHour: number;
}

export type FlutterFlowDeps = SubmitDeps & {
  documents: Documents;
  intake: Intake;
  mode: Mode;
  limits: AppLimits;
  log: Log;
};
