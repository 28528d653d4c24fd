import type { DebtDeps } from "@fanfare/shared/broadcasts/debts";
import { hold } from "@fanfare/shared/broadcasts/hold";
import type { GateName } from "@fanfare/shared/domain/broadcast";
import { cancel } from "@fanfare/shared/operations/cancel";
import { pause } from "@fanfare/shared/operations/pause";
import { resume } from "@fanfare/shared/operations/resume";
import type { Turned } from "@fanfare/shared/operations/turn-gate";
import { untilStopped } from "@fanfare/shared/operations/until-stopped";
import type { Messages } from "../crash/messages.ts";
import { inWorld } from "../crash/ports.ts";
import type { Process, World } from "../crash/world.ts";
import type { Stores } from "../stores.ts";
import type { Command } from "./plan.ts";

const LOOK_EVERY_MS = 200;

type People = Pick<Stores, "broadcasts" | "ledger" | "registrations" | "documents" | "intake">;

/** People who each give one command, step by step, as `fanfare pause`, `resume` and `cancel` do. */
export function createPeople(world: World, messages: Messages, stores: People, id: string) {
  let came = 0;

  /** Somebody comes, and has yet to do everything. */
  function come(command: Command): Process {
    came += 1;
    const process = { name: `person ${came}`, alive: true };
    const deps = {
      broadcasts: inWorld(world, process, stores.broadcasts),
      ledger: inWorld(world, process, stores.ledger),
      registrations: inWorld(world, process, stores.registrations),
      documents: inWorld(world, process, stores.documents),
      intake: inWorld(world, process, stores.intake),
      bus: messages.busOf(process),
      now: world.now,
    };
    const wait = () => new Promise<void>((resolve) => world.after(process, LOOK_EVERY_MS, resolve));
    give(deps, wait, id, command).catch(() => "is told, and may try again");
    return process;
  }

  return { come };
}

async function give(deps: DebtDeps, wait: () => Promise<void>, id: string, command: Command): Promise<void> {
  const who = { by: "somebody" };
  const acknowledged = async (turned: Turned | null, gate: GateName) => {
    if (turned?.broadcast.gates[gate]) await untilStopped(deps, turned.broadcast, () => undefined, wait);
  };
  switch (command) {
    case "pause":
      return acknowledged(await pause(deps, id, who), "paused");
    case "cancel":
      return acknowledged(await cancel(deps, id, who), "cancelled");
    case "resumePaused":
      return void (await resume(deps, id, "paused", who));
    case "resumeHeld":
      return void (await resume(deps, id, "held", who));
    case "hold":
      return hold(deps.broadcasts, id, "a fault", "another sender", deps.now());
  }
}
