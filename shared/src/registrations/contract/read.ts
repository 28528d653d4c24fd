import type { Span } from "../../domain/range.ts";
import type { Platform, Registration } from "../../domain/registration.ts";
import type { Registrations } from "../index.ts";

export const EVERYTHING: Span = { after: "", upTo: null };

/** A span as one registration after the other. */
export async function readAll(
  registrations: Registrations,
  span: Span = EVERYTHING,
  platforms?: readonly Platform[],
): Promise<Registration[]> {
  return (await Array.fromAsync(registrations.read(span, platforms))).flat();
}

export async function readAddresses(
  registrations: Registrations,
  span?: Span,
  platforms?: readonly Platform[],
): Promise<(string | null)[]> {
  return (await readAll(registrations, span, platforms)).map(({ address }) => address);
}

export async function readPaths(registrations: Registrations): Promise<string[]> {
  return (await readAll(registrations)).map(({ path }) => path).sort();
}
