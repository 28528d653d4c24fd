import { afterEach, beforeEach, describe } from "vitest";
import { describeAuditing } from "./contract/auditing.ts";
import { describeCreating } from "./contract/creating.ts";
import { describeListing } from "./contract/listing.ts";
import { describeReplacing } from "./contract/replacing.ts";
import type { Broadcasts } from "./index.ts";

/** What an opener lends to one test: broadcasts that no other test sees. */
export interface ContractBroadcasts {
  broadcasts: Broadcasts;
  close(): Promise<void>;
}

/** What every driver of the broadcasts has to pass. `open` is called once for each test. */
export function describeBroadcastsContract(name: string, open: () => Promise<ContractBroadcasts>): void {
  describe(`broadcasts contract: ${name}`, () => {
    let opened: ContractBroadcasts;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    describe("creating", () => describeCreating(() => opened.broadcasts));
    describe("replacing", () => describeReplacing(() => opened.broadcasts));
    describe("the audit", () => describeAuditing(() => opened.broadcasts));
    describe("listing", () => describeListing(() => opened.broadcasts));
  });
}
