import type { Allowance } from "./index.ts";

/** One document that a sender asked with. */
export interface Admission {
  /** The document's. */
  key: string;
  at: number;
  admitted: boolean;
}

/** Beyond so many the oldest refused are forgotten: who asks without end would fill the record. */
export const REFUSED_KEPT = 1_000;

/** Judges a document by those before it. `known` is one that was judged before, with the same answer. */
export function judge(
  before: readonly Admission[],
  key: string,
  { most, withinMs }: Allowance,
  at: number,
): { asked: Admission[]; admitted: boolean; known: boolean } {
  const recent = before.filter((one) => one.at > at - withinMs);
  const own = recent.find((one) => one.key === key);
  if (own) return { asked: recent, admitted: own.admitted, known: true };
  const admitted = recent.filter((one) => one.admitted).length < most;
  return { asked: boundRefused([...recent, { key, at, admitted }]), admitted, known: false };
}

export function countAsked(asked: readonly Pick<Admission, "admitted">[]): {
  admitted: number;
  refused: number;
} {
  const admitted = asked.filter((one) => one.admitted).length;
  return { admitted, refused: asked.length - admitted };
}

function boundRefused(asked: Admission[]): Admission[] {
  const refused = asked.filter(({ admitted }) => !admitted);
  const dropped = new Set(refused.slice(0, Math.max(0, refused.length - REFUSED_KEPT)));
  return asked.filter((one) => !dropped.has(one));
}
