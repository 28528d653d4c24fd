import { setTimeout as sleep } from "node:timers/promises";
import { endOfRun } from "../domain/address.ts";
import { retryDelayMs } from "../domain/backoff.ts";
import type { Span } from "../domain/range.ts";
import { ofPlatforms, type Platform, type Registration } from "../domain/registration.ts";
import { forEach } from "../for-each.ts";
import type { FieldFilter, Queries, StructuredQuery, Value } from "../google/firestore-queries.ts";
import { STATUS, statusOf } from "../google/grpc.ts";
import { createRowReader, FIELDS } from "./firestore-rows.ts";
import type { DeviceTypes } from "./firestore-types.ts";
import type { Registrations } from "./index.ts";

const BATCH = 500;
/** Firestore's servers take a hundred calls at once on a connection. */
export const OWNERS_AT_ONCE = 80;

/** Tries in a row that bring nothing new before a reading fails, and the waits between them. */
const TRIES = 5;
const RETRY = { baseMs: 100, maxMs: 2_000, giveUpMs: Infinity };

/** What may pass by itself. */
const PASSING: ReadonlySet<number | undefined> = new Set([
  STATUS.UNKNOWN,
  STATUS.DEADLINE_EXCEEDED,
  STATUS.RESOURCE_EXHAUSTED,
  STATUS.ABORTED,
  STATUS.INTERNAL,
  STATUS.UNAVAILABLE,
]);

/** @param wait resolves after so many milliseconds */
export function createReading(
  queries: Queries,
  tokensCollection: string,
  types: Pick<DeviceTypes, "groupsOf">,
  wait: (ms: number) => Promise<unknown> = sleep,
): Pick<Registrations, "read" | "readOwned"> {
  const { root } = queries;
  const readRow = createRowReader(root);

  /**
   * The registrations that a query finds, of which only some are wanted. One that breaks off is asked again, from behind
   * the last that came.
   */
  async function* rowsOf(
    parent: string,
    query: StructuredQuery,
    isWanted: (row: Registration) => boolean = () => true,
  ): AsyncGenerator<Registration[]> {
    let batch: Registration[] = [];
    let last: Registration | undefined;
    for (let failures = 0; ; ) {
      try {
        const rest = last ? { ...query, startAt: cursorAt(root, query, last) } : query;
        for await (const messages of queries.run(parent, rest)) {
          for (const message of messages) {
            const row = readRow(message);
            if (row === null) continue;
            [last, failures] = [row, 0];
            if (!isWanted(row)) continue;
            batch.push(row);
            if (batch.length < BATCH) continue;
            yield batch;
            batch = [];
          }
        }
        break;
      } catch (error) {
        failures += 1;
        if (!PASSING.has(statusOf(error)) || failures === TRIES) throw error;
        await wait(retryDelayMs(failures, RETRY, Math.random()));
      }
    }
    if (batch.length > 0) yield batch;
  }

  async function readOwned(owners: readonly string[]): Promise<Registration[]> {
    const found: Registration[] = [];
    const query = queryOf(tokensCollection, false, []);
    await forEach(owners, OWNERS_AT_ONCE, async (owner) => {
      for await (const batch of rowsOf(`${root}/${owner}`, query)) found.push(...batch);
    });
    return found;
  }

  async function* read(span: Span, platforms?: readonly Platform[]): AsyncGenerator<Registration[]> {
    const filters = filtersOf(span);
    const groups = platforms && (await types.groupsOf(platforms));
    const [group, ...others] = groups ?? [];
    if (groups && !group) return;
    // With more texts than a query may ask for, all are read and most are dropped here.
    const isWanted = ofPlatforms(platforms);
    if (group && others.length === 0) filters.push(isOneOf(group));
    const query = queryOf(tokensCollection, true, filters);
    yield* rowsOf(root, query, ({ deviceType }) => isWanted(deviceType));
  }

  return { read, readOwned };
}

/** Documents in the order of addresses where addresses are compared, and of their names. */
function queryOf(collectionId: string, allDescendants: boolean, filters: FieldFilter[]): StructuredQuery {
  const order = filters.length > 0 ? ["fcm_token", "__name__"] : ["__name__"];
  return {
    select: { fields: FIELDS.map((fieldPath) => ({ fieldPath })) },
    from: [{ collectionId, allDescendants }],
    ...(filters.length > 0 && {
      where: { compositeFilter: { op: "AND", filters: filters.map((fieldFilter) => ({ fieldFilter })) } },
    }),
    orderBy: order.map((fieldPath) => ({ field: { fieldPath }, direction: "ASCENDING" })),
  };
}

function filtersOf({ after, upTo }: Span): FieldFilter[] {
  const compare = (op: FieldFilter["op"], text: string): FieldFilter => {
    return { field: { fieldPath: "fcm_token" }, op, value: { stringValue: text } };
  };
  const filters = [compare("GREATER_THAN", after)];
  if (upTo !== null) filters.push(compare("LESS_THAN_OR_EQUAL", upTo));
  return filters;
}

function isOneOf(types: readonly string[]): FieldFilter {
  const values = types.map((stringValue) => ({ stringValue }));
  return { field: { fieldPath: "device_type" }, op: "IN", value: { arrayValue: { values } } };
}

function cursorAt(root: string, { orderBy }: StructuredQuery, { path, address }: Registration) {
  const name: Value = { referenceValue: `${root}/${path}` };
  // Behind the run: a longer text is none that Firestore takes in a query.
  const values: Value[] = orderBy.length > 1 ? [{ stringValue: endOfRun(address ?? "") }, name] : [name];
  return { values, before: false as const };
}
