import type { Documents } from "@fanfare/shared/documents";
import type { Log } from "@fanfare/shared/hosting/log";
import type { Intake } from "@fanfare/shared/intake";
import type { SubmitDeps } from "@fanfare/shared/operations/submit";

/** `on`: documents are sent and answered. `shadow`: they are only checked, beside the functions that answer them. */
export type Mode = "on" | "shadow";

/** What one app-triggered notification, and one sender, may ask for. */
export interface AppLimits {
  /** Listed users of one notification. */
  maxUsers: number;
  /** Notifications of one sender within an hour. */
  perHour: number;
  /** Notifications within an hour of all documents without a sender together: servers write them. */
  serversPerHour: number;
  /** Senders with an hourly allowance of their own, by the path of the user document. */
  senders: ReadonlyMap<string, number>;
}

/** How documents are read. */
export interface DocumentRules {
  mode: Mode;
  limits: AppLimits;
  /** Statuses that ask to be sent, beside FlutterFlow's. */
  openStatuses: ReadonlySet<string>;
  /** Fields that change nothing, whatever their names say. */
  ignoredFields: ReadonlySet<string>;
}

export type FlutterFlowDeps = SubmitDeps & DocumentRules & { documents: Documents; intake: Intake; log: Log };
