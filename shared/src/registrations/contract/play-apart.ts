import fc from "fast-check";
import { expect } from "vitest";
import type { Registration } from "../../domain/registration.ts";
import type { Registering, Registrations } from "../index.ts";
import { readAll } from "./read.ts";

type Call = Pick<Registering, "address" | "kind" | "replaces"> & { uid: "ada" | "mallory"; leaves?: boolean };

const ADAS = ["fid", "token"];
const anyAddress = fc.constantFrom(...ADAS, "mallory's fid", "mallory's token");

/** Mallory calls whatever she likes with whatever she knows. */
const mallorys = fc.record<Call>({
  uid: fc.constant("mallory"),
  address: anyAddress,
  kind: fc.constantFrom("token", "fid"),
  replaces: fc.option(anyAddress, { nil: undefined }),
  leaves: fc.boolean(),
});
/** Ada's phone registers as its app of this or an older version does, and is signed out at times. */
const adas = fc.constantFrom<Call>(
  { uid: "ada", address: "fid", kind: "fid", replaces: "token" },
  { uid: "ada", address: "fid", kind: "fid" },
  { uid: "ada", address: "token", kind: "token" },
  { uid: "ada", address: "fid", kind: "fid", leaves: true },
  { uid: "ada", address: "token", kind: "token", leaves: true },
);
const calls = fc.array(fc.oneof(adas, mallorys), { minLength: 2, maxLength: 12 });

/** Plays random calls of two users, and judges each by what it did to the other's documents. */
export async function playApart(registrations: Registrations, runs: number): Promise<void> {
  let run = 0;
  const property = fc.asyncProperty(calls, async (plan) => {
    run += 1;
    for (const call of plan) await playOne(registrations, `${run}`, call);
  });
  await fc.assert(property, { numRuns: runs });
}

async function playOne(registrations: Registrations, run: string, call: Call): Promise<void> {
  const owner = `users/${call.uid}-${run}`;
  const named = (address: string) => `${address} ${run}`;
  const address = named(call.address);
  // As the callable does, which takes no id for its own token.
  const replaces = call.kind === "fid" && call.replaces !== call.address ? call.replaces : undefined;
  const asked = { owner, address, kind: call.kind, deviceType: "iOS" };
  const before = await readAll(registrations);
  if (call.leaves) await registrations.unregister(owner, address);
  else await registrations.register({ ...asked, ...(replaces && { replaces: named(replaces) }) });
  const after = await readAll(registrations);
  const touched = call.leaves ? [] : [address, replaces === undefined ? address : named(replaces)];
  judgeOthers(owner, before, after, touched);
  if (call.uid === "ada" && !call.leaves) judgeAda(owner, after, ADAS.map(named));
}

/** The others' documents are as they were, but for those with exactly the addresses of the call. */
function judgeOthers(owner: string, before: Registration[], after: Registration[], touched: string[]): void {
  const others = (all: Registration[]) => all.filter(({ path }) => !path.startsWith(`${owner}/`));
  const kept = others(before).filter(({ address }) => !touched.includes(address ?? ""));
  expect(others(after)).toEqual(kept);
}

/** Whatever happened before, ada has registered her phone and nothing else, and it is hers alone. */
function judgeAda(owner: string, after: Registration[], addresses: string[]): void {
  const own = after.filter(({ path }) => path.startsWith(`${owner}/`)).map(({ address }) => address ?? "");
  expect(own.length).toBeGreaterThan(0);
  expect(addresses).toEqual(expect.arrayContaining(own));
  for (const one of own) expect(after.filter(({ address }) => address === one)).toHaveLength(1);
}
