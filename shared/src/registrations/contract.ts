import { afterEach, beforeEach, describe } from "vitest";
import { describeApart } from "./contract/apart.ts";
import { describeLeaving } from "./contract/leaving.ts";
import { describeMoments } from "./contract/moments.ts";
import { describeOwners } from "./contract/owners.ts";
import { describePlatforms } from "./contract/platforms.ts";
import { describePruning } from "./contract/pruning.ts";
import { describeReading } from "./contract/reading.ts";
import { describeRegistering } from "./contract/registering.ts";
import { describeReplacing } from "./contract/replacing.ts";
import { describeRestoring } from "./contract/restoring.ts";
import { describeWriting } from "./contract/writing.ts";
import type { Registrations } from "./index.ts";

/** What an opener lends to one test: registrations that no other test sees. */
export interface ContractRegistrations {
  registrations: Registrations;
  /** The store's clock, in milliseconds since 1970. */
  now(): number;
  /** Resolves when the store's clock has gone on by at least `ms`. */
  advance(ms: number): Promise<void>;
  /** Makes the users' own documents, where the store keeps users. */
  addUsers(paths: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What every driver of the registrations has to pass. `open` is called once for each test. */
export function describeRegistrationsContract(
  name: string,
  open: () => Promise<ContractRegistrations>,
): void {
  describe(`registrations contract: ${name}`, () => {
    let opened: ContractRegistrations;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    describe("reading in order", () => describeReading(() => opened));
    describe("platforms", () => describePlatforms(() => opened));
    describe("owners and addressless documents", () => describeOwners(() => opened));
    describe("writing", () => describeWriting(() => opened));
    describe("moments", () => describeMoments(() => opened));
    describe("pruning", () => describePruning(() => opened));
    describe("restoring", () => describeRestoring(() => opened));
    describe("registering", () => describeRegistering(() => opened));
    describe("replacing a token", () => describeReplacing(() => opened));
    describe("several users", () => describeApart(() => opened));
    describe("leaving", () => describeLeaving(() => opened));
  });
}
