import { withExistingStore } from "@fanfare/local/installation/open";
import type { Broadcast } from "@fanfare/shared/domain/broadcast";
import { InvalidInput } from "@fanfare/shared/errors";
import type { Standing } from "@fanfare/shared/ledger";
import { cancel } from "@fanfare/shared/operations/cancel";
import { pause } from "@fanfare/shared/operations/pause";
import { requireBroadcast } from "@fanfare/shared/operations/require-broadcast";
import { resume } from "@fanfare/shared/operations/resume";
import type { Turned, Who } from "@fanfare/shared/operations/turn-gate";
import { untilStopped } from "@fanfare/shared/operations/until-stopped";
import type { Store } from "@fanfare/shared/store";
import type { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.ts";
import { inFlags } from "./send-options.ts";
import { stateOf } from "./status.ts";
import { whoActs } from "./who.ts";

interface StopOptions extends CommonOptions {
  reason?: string;
}

const sayThatItWaits = () => console.error("Nothing more is begun; waiting for what is in flight.");

export function pauseCommand(program: Command): void {
  gateCommand(program, "pause <id>", "stop sending a broadcast until it is resumed").action(
    (id: string, options: StopOptions) =>
      withExistingStore(options, async (store) => {
        const turned = await turn(store, id, (who) => pause(store, id, who), options);
        const isDone = turned.gates.paused !== undefined;
        if (isDone) await untilStopped(store, turned, sayThatItWaits);
        await report(store, turned, isDone, options);
      }),
  );
}

export function cancelCommand(program: Command): void {
  const text = "end a broadcast for good: at most what is in flight still goes out";
  gateCommand(program, "cancel <id>", text).action((id: string, options: StopOptions) =>
    withExistingStore(options, async (store) => {
      const turned = await turn(store, id, (who) => cancel(store, id, who), options);
      const isDone = turned.gates.cancelled !== undefined;
      if (isDone) await untilStopped(store, turned, sayThatItWaits);
      await report(store, turned, isDone, options);
    }),
  );
}

interface ResumeFlags extends StopOptions {
  held?: boolean;
  acceptRefusals?: boolean;
}

const ACCEPT_FLAG = "--accept-refusals";
const RESUME_HELP = `
--held tries the devices again that FCM refused. If they are at fault, ${ACCEPT_FLAG}
rejects them instead: their registrations stay, and \`fanfare failures <id>\` lists them.`;

export function resumeCommand(program: Command): void {
  gateCommand(program, "resume <id>", "go on with a broadcast that is paused")
    .option("--held", "with one that the sender holds, once its cause is mended")
    .option(ACCEPT_FLAG, "with --held: reject the devices that FCM refuses, and send to the rest")
    .addHelpText("after", RESUME_HELP)
    .action((id: string, options: ResumeFlags) => {
      const { held, acceptRefusals } = options;
      if (acceptRefusals && !held)
        throw new InvalidInput([{ field: ACCEPT_FLAG, message: "is only for --held" }]);
      return withExistingStore(options, async (store) => {
        const gate = held ? "held" : "paused";
        let isDone = false;
        const turned = await turn(
          store,
          id,
          async (who) => {
            const result = await inFlags(() => resume(store, id, gate, who, { acceptRefusals }), nameOf);
            isDone = result?.kind === "changed";
            return result;
          },
          options,
        );
        if (!isDone && !options.json) console.log(`${id} is not ${gate}.`);
        await report(store, turned, isDone, options);
      });
    });
}

function nameOf(field: string): string {
  return field === "acceptRefusals" ? ACCEPT_FLAG : field;
}

function gateCommand(program: Command, usage: string, description: string): Command {
  return withCommonOptions(program.command(usage).description(description)).option(
    "--reason <text>",
    "why, for the audit and for whoever looks at the broadcast",
  );
}

/** @throws InvalidInput where there is no such broadcast */
async function turn(
  store: Store,
  id: string,
  change: (who: Who) => Promise<Turned | null>,
  { reason }: StopOptions,
): Promise<Broadcast> {
  const turned = await change({ by: whoActs(), reason });
  return turned?.broadcast ?? requireBroadcast(store.broadcasts, id);
}

async function report(
  store: Store,
  { id }: Broadcast,
  isDone: boolean,
  { json }: StopOptions,
): Promise<void> {
  if (!isDone) process.exitCode = 1;
  const broadcast = await requireBroadcast(store.broadcasts, id);
  const standing = await store.ledger.standing(id);
  const { accepted, rejected, cancelled, expired, unknown, open } = standing;
  if (json) {
    const { phase, gates } = broadcast;
    const counts = { accepted, rejected, cancelled, expired, unknown, open };
    console.log(JSON.stringify({ broadcastId: id, done: isDone, state: phase, gates, ...counts }));
    return;
  }
  console.log(`${id}: ${stateOf(broadcast)}`);
  const words = inWords(standing, broadcast.books?.unresolvedAbout ?? 0);
  if (words) console.log(words);
}

function inWords(
  { accepted, rejected, cancelled, expired, unknown, open }: Standing,
  unresolvedAbout: number,
): string {
  const counts = { accepted, rejected, cancelled, expired, unknown, open };
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  const words = parts.map(([name, count]) => `${count} ${name}`);
  return [...words, ...(unresolvedAbout > 0 ? [`about ${unresolvedAbout} never resolved`] : [])].join(", ");
}
