import type { Place } from "./place.ts";

/** What a process of the benchmark is told, and what it answers. */
export interface ReadOrder {
  place: Place;
}
export interface Done {
  type: "done";
  /** Registrations that were read, or devices where it can tell them apart. */
  count: number;
}

/** Reads a place's registrations whole. */
export type Read = (place: Place) => Promise<number>;

// One way to read, in a process of its own: node process.ts fanfare|get-all. It reads when it is told to.
const WAYS: Record<string, () => Promise<{ read: Read }>> = {
  fanfare: () => import("./fanfare.ts"),
  "get-all": () => import("./get-all.ts"),
};

const load = WAYS[process.argv[2] ?? ""];
if (!load) throw new Error(`there is no way ${process.argv[2]}`);
const { read } = await load();
process.on("message", async ({ place }: ReadOrder) => {
  process.send?.({ type: "done", count: await read(place) } satisfies Done);
});
process.on("disconnect", () => process.exit());
process.send?.({ type: "ready" });
