import { createRandom } from "@fanfare/demo/random";
import { createSimulator } from "@fanfare/simulator";
import { expect, onTestFinished, test } from "vitest";
import { createChance } from "./chance.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { countWithoutAddress, makePopulation, ODD, reachedBy } from "./population.ts";
import type { Spell } from "./spell.ts";

const hasSpell = (plans: readonly Plan[], is: (spell: Spell) => boolean) =>
  plans.some(({ spells }) => spells.some(is));
const rounds = Array.from({ length: 300 }, (_, index) => index + 1);

test("the same seed and number give the same round, others another", () => {
  expect(drawPlan("s", 3, false)).toEqual(drawPlan("s", 3, false));
  const plans = rounds.map((round) => JSON.stringify(drawPlan("s", round, false)));
  expect(new Set(plans).size).toBe(rounds.length);
  expect(drawPlan("t", 3, false)).not.toEqual(drawPlan("s", 3, false));
});

test("over some rounds everything happens that can", () => {
  const plans = rounds.map((round) => drawPlan("s", round, false));
  const happens = {
    "one sender": plans.some(({ senders }) => senders === 1),
    "three senders": plans.some(({ senders }) => senders === 3),
    "a kill of everything": plans.some(({ kills }) => kills.some(({ whom }) => whom === "all")),
    "a stall shorter than its lease": plans.some(({ stalls }) => stalls.some(({ lastMs }) => lastMs < 2_000)),
    "a stall longer than its lease": plans.some(({ stalls }) => stalls.some(({ lastMs }) => lastMs > 2_000)),
    "a stall of every sender": plans.some(({ stalls }) =>
      stalls.some(({ whom }) => whom === "senders-in-mid-send"),
    ),
    "no stall": plans.some(({ stalls }) => stalls.length === 0),
    "registrations imported while the clock is ahead": plans.some(
      ({ clock }) => (clock?.importedMs ?? 0) > 0,
    ),
    "a step before the submission": plans.some(({ clock }) => clock?.submittedMs),
    "a step forward": plans.some(({ clock }) => clock?.steps.some(({ byMs }) => byMs > 3_000_000)),
    "a step back": plans.some(({ clock }) => clock?.steps.some(({ byMs }) => byMs < -3_000_000)),
    "a small step": plans.some(({ clock }) => clock?.steps.some(({ byMs }) => Math.abs(byMs) < 100_000)),
    "a step that is taken back": plans.some(({ clock }) =>
      clock?.steps.some((one) => one.backAfterMs !== null),
    ),
    "a clock that is right": plans.some(({ clock }) => clock === null),
    "no kill": plans.some(({ kills }) => kills.length === 0),
    "loss of messages": plans.some(({ mischief }) => mischief.dropped > 0.1),
    "a closed gate": plans.some(({ holdAfterMs }) => holdAfterMs !== null),
    refreshing: plans.some(({ refreshed }) => refreshed > 0),
    latecomers: plans.some(({ latecomers }) => latecomers > 0),
    "a dead share beyond belief": plans.some(
      ({ population }) => population.dead > 0.6 && population.documents > 1_500,
    ),
    "a crowd": plans.some(({ population }) => population.crowd > 500),
    misses: plans.some(({ broadcasts }) => broadcasts.some(({ onCrash }) => onCrash === "miss")),
    "few users": plans.some(({ broadcasts }) => broadcasts.some(({ users = 99 }) => users < 31)),
    "many users": plans.some(({ broadcasts }) => broadcasts.some(({ users = 0 }) => users > 1_000)),
    ...Object.fromEntries(
      ODD.map((nature) => [
        `a ${nature} device`,
        plans.some(({ population }) => population.odd[nature] > 0.01),
      ]),
    ),
    pages: plans.some(({ faults }) => (faults.page ?? 0) > 0.01),
    "pages of one status": plans.some(({ faults }) => faults.page && faults.pageStatus === 404),
    "a quota that is spent": plans.some(({ faults }) => faults.quotaPerMinute),
    "no quota": plans.some(({ faults }) => faults.quotaPerMinute === null),
    "a payload fault of one platform": hasSpell(
      plans,
      ({ what, of }) => what === "payload-fault" && of !== "",
    ),
    "a key fault": hasSpell(plans, ({ what }) => what === "key-fault"),
    "living addresses called dead": hasSpell(
      plans,
      ({ what, share }) => what === "wrong-dead" && share > 0.7,
    ),
    "refusals that are accepted": plans.some(({ acceptsRefusals }) => acceptsRefusals),
    "no spell": plans.some(({ spells }) => spells.length === 0),
    "a later one": plans.some(({ broadcasts }) => broadcasts.some(({ dueAfterMs }) => dueAfterMs > 0)),
  };
  expect(Object.entries(happens).filter(([, does]) => !does)).toEqual([]);
});

test("with some kinds only, the round is the same but for the others", () => {
  for (const round of rounds) {
    const all = drawPlan("s", round, false);
    const some = drawPlan("s", round, false, ["stall", "clock"]);
    const { population, stalls, clock, broadcasts } = all;
    expect(some).toMatchObject({
      population,
      stalls,
      clock,
      broadcasts,
      kills: [],
      troubles: [],
      spells: [],
    });
    expect(some).toMatchObject({ mischief: { dropped: 0 }, holdAfterMs: null, latecomers: 0, refreshed: 0 });
    expect(Object.keys(some.faults)).toEqual(["latency", "maxConcurrentStreams"]);
    expect(drawPlan("s", round, false, ["kills"])).toMatchObject({
      kills: all.kills,
      stalls: [],
      clock: null,
    });
  }
});

test("the simulator takes the faults of every round", async () => {
  const simulator = await createSimulator();
  onTestFinished(simulator.close);
  const changes = rounds.map((round) => simulator.control.setFaults(drawPlan("s", round, false).faults));
  expect(changes.filter(({ kind }) => kind === "refused")).toEqual([]);
});

test("a population has its size, each path once, and knows the nature of each address", () => {
  for (const round of rounds.slice(0, 10)) {
    const { population: plan, seed } = drawPlan("s", round, true);
    const { documents, natures } = makePopulation(plan, createChance(createRandom(seed)));
    expect(documents).toHaveLength(plan.documents + plan.crowd);
    expect(new Set(documents.map(({ path }) => path)).size).toBe(documents.length);
    const addresses = new Set(documents.flatMap(({ address }) => address ?? []));
    expect(new Set(natures.keys())).toEqual(addresses);
  }
});

test("addresses tell the platform of the device that had them first, and odd ones are among them", () => {
  const odd = Object.fromEntries(ODD.map((nature) => [nature, 0.05]));
  const { population: drawn, seed } = drawPlan("s", 1, false);
  const plan = { ...drawn, documents: 1_000, odd: { ...drawn.odd, ...odd } };
  const { documents, natures } = makePopulation(plan, createChance(createRandom(seed)));
  const ended = { Android: ":android", android: ":android", iOS: ":ios", ios: ":ios", web: ":web" };
  const first = new Map(documents.toReversed().map((one) => [one.address ?? "", one.deviceType]));
  for (const [address, nature] of natures)
    if (nature !== "malformed")
      expect(address.slice(address.lastIndexOf(":"))).toBe(
        ended[first.get(address) as keyof typeof ended] ?? ":other",
      );
  for (const nature of ODD) {
    const count = natures
      .values()
      .filter((one) => one === nature)
      .toArray().length;
    expect(count, nature).toBeGreaterThan(20);
    expect(count, nature).toBeLessThan(80);
  }
});

const DOCUMENTS = [
  ["users/a/fcm_tokens/1", "one", "Android"],
  ["users/b/fcm_tokens/2", "one", "iOS"],
  ["users/b/fcm_tokens/3", "two", "ios"],
  ["users/c/fcm_tokens/4", "three", "Fuchsia"],
  ["users/c/fcm_tokens/5", null, "iOS"],
].map(([path = "", address = null, deviceType = ""]) => ({
  path: path ?? "",
  address,
  kind: "token" as const,
  deviceType: deviceType ?? "",
}));

test.each([
  [{}, ["one", "two", "three"], 1],
  [{ platforms: ["ios" as const] }, ["one", "two"], 1],
  [{ users: ["users/a", "users/c"] }, ["one", "three"], 1],
  [{ users: ["users/b"], platforms: ["android" as const] }, [], 0],
])("an audience of %j is to reach %j", (audience, addresses, withoutAddress) => {
  expect([...reachedBy(DOCUMENTS, audience)].sort()).toEqual(addresses.sort());
  expect(countWithoutAddress(DOCUMENTS, audience)).toBe(withoutAddress);
});
