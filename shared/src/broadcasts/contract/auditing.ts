import { expect, test } from "vitest";
import type { Act } from "../../domain/audit.ts";
import { START } from "../../testing/clock.ts";
import { makeBroadcast } from "../../testing/records.ts";
import { type Broadcasts, update } from "../index.ts";

const PAUSE: Act = { what: "pause", by: "ada", at: START + 1, reason: "typo?" };
const GATE = { by: "ada", at: START + 1 };

export function describeAuditing(broadcasts: () => Broadcasts): void {
  const made = makeBroadcast("audited");
  const standpoint = (closed: string[]) => ({ phase: "running", closed });
  const submitted = { what: "submit", by: "test", at: START, before: null, after: standpoint([]) };

  test("it begins with the submission, once", async () => {
    expect(await broadcasts().audit(made.id)).toEqual([]);
    await broadcasts().create(made);
    await broadcasts().create(made);
    expect(await broadcasts().audit(made.id)).toEqual([submitted]);
    expect(await broadcasts().audit(makeBroadcast("another").id)).toEqual([]);
  });

  test("an act is told with the change it made, in order, and a change without an act is not", async () => {
    await broadcasts().create(made);
    const close = () => update(broadcasts(), made.id, (now) => ({ ...now, gates: { paused: GATE } }), PAUSE);
    await close();
    await update(broadcasts(), made.id, (now) => ({ ...now, fault: "no gate" }));
    const open = { what: "resume", by: "bob", at: START + 2 } as const;
    await update(broadcasts(), made.id, (now) => ({ ...now, gates: {} }), open);
    expect(await broadcasts().audit(made.id)).toEqual([
      submitted,
      { ...PAUSE, before: standpoint([]), after: standpoint(["paused"]) },
      { ...open, before: standpoint(["paused"]), after: standpoint([]) },
    ]);
  });

  test("an act that changes nothing, or that comes too late, leaves no trace", async () => {
    await broadcasts().create(made);
    await update(broadcasts(), made.id, () => null, PAUSE);
    const entry = { ...PAUSE, before: null, after: { phase: "running" as const, closed: [] } };
    await broadcasts().replace({ ...made, fault: "first" });
    expect(await broadcasts().replace(made, entry)).toBe("lost");
    expect(await broadcasts().audit(made.id)).toEqual([submitted]);
  });
}
