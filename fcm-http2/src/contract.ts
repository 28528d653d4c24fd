import { describe } from "vitest";
import { describeChaos } from "./contract/chaos.ts";
import { describeFrames } from "./contract/frames.ts";
import { describeGarbage } from "./contract/garbage.ts";
import { describeLate } from "./contract/late.ts";
import { describeLoad } from "./contract/load.ts";
import type { OpenTransport } from "./contract/open.ts";
import { describeSending } from "./contract/sending.ts";
import { describeTls } from "./contract/tls.ts";
import { describeWindows } from "./contract/windows.ts";

/** What every driver of the transport has to pass. */
export function describeTransportContract(name: string, open: OpenTransport): void {
  describe(`transport contract: ${name}`, () => {
    describeSending(open);
    describeFrames(open);
    describeWindows(open);
    describeLate(open);
    describeTls(open);
    describeLoad(open);
    describeChaos(open);
    describeGarbage(open);
  });
}
