import { afterEach, beforeEach, describe } from "vitest";
import { describeAdmitting } from "./contract/admitting.ts";
import { describeEnding } from "./contract/ending.ts";
import { describeFields } from "./contract/fields.ts";
import { describeJoining } from "./contract/joining.ts";
import { describeNoting } from "./contract/noting.ts";
import type { Intake } from "./index.ts";

/** What an opener lends to one test: an installation that no other test sees. */
export interface ContractIntake {
  intake: Intake;
  /** The same, as another process has it. */
  other: Intake;
  /** Moves the store's clock on, for both. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What every driver of the intake has to pass. `open` is called once for each test. */
export function describeIntakeContract(name: string, open: () => Promise<ContractIntake>): void {
  describe(`intake contract: ${name}`, () => {
    let opened: ContractIntake;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    describe("joining", () => describeJoining(() => opened));
    describe("ending", () => describeEnding(() => opened));
    describe("admitting", () => describeAdmitting(() => opened));
    describe("fields", () => describeFields(() => opened));
    describe("noting", () => describeNoting(() => opened));
  });
}
