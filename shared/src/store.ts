import type { Broadcasts } from "./broadcasts/index.ts";
import type { Bus } from "./bus/index.ts";
import type { Documents } from "./documents/index.ts";
import type { StoreClock } from "./google/store-clock.ts";
import type { Health } from "./health/index.ts";
import type { Service } from "./hosting/service.ts";
import type { Intake } from "./intake/index.ts";
import type { Ledger } from "./ledger/index.ts";
import type { Registrations } from "./registrations/index.ts";
import type { Senders } from "./senders/index.ts";

/** A driver for each port, opened together. Closing it closes the bus first. */
export interface Store extends Service, Pick<StoreClock, "now" | "sync"> {
  registrations: Registrations;
  broadcasts: Broadcasts;
  ledger: Ledger;
  senders: Senders;
  health: Health;
  documents: Documents;
  intake: Intake;
  bus: Bus;
}
