import type { Running } from "./processes.ts";
import type { World } from "./world.ts";

type Kind = Running["kind"];

/** Processes of a world, of the kinds given. Each is replaced when it dies. */
export function createFleet(world: World, kinds: readonly Kind[], start: (kind: Kind) => Running) {
  let fleet = kinds.map(start);

  world.onDeath((dead) => {
    fleet = fleet.map((one) => (one.process === dead ? start(one.kind) : one));
  });

  return {
    scheduler: () => fleet.find(({ kind }) => kind === "scheduler") as Running,

    /** Ends a sender as a deployment does: it closes, and another takes its place. */
    replaceSender(which: number): void {
      const senders = fleet.filter(({ kind }) => kind === "sender");
      const old = senders[which % senders.length];
      void old?.service.close();
      fleet = fleet.map((one) => (one === old ? start("sender") : one));
    },
  };
}
