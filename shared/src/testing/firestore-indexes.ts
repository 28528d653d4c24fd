import type { Sent } from "./firestore.ts";

type Scope = "COLLECTION" | "COLLECTION_GROUP";
type Order = "ASCENDING" | "DESCENDING";

/** The file that `firebase deploy` and Terraform read. */
export interface IndexFile {
  indexes: CompositeIndex[];
  fieldOverrides: FieldOverride[];
}

export interface CompositeIndex {
  collectionGroup: string;
  queryScope: Scope;
  fields: { fieldPath: string; order: Order }[];
}

export interface FieldOverride {
  collectionGroup: string;
  fieldPath: string;
  ttl?: boolean;
  indexes: SingleIndex[];
}

export interface SingleIndex {
  queryScope: Scope;
  order?: Order;
  arrayConfig?: "CONTAINS";
}

/** What a query asks of indexes. `equal` are the fields that are to have a value, or one of several. */
export interface Need {
  collectionGroup: string;
  queryScope: Scope;
  equal: string[];
  order: { fieldPath: string; order: Order }[];
  sums: string[];
}

interface FieldFilter {
  field: { fieldPath: string };
  op: string;
}

interface Filter {
  fieldFilter?: FieldFilter;
  compositeFilter?: { op: string; filters: Filter[] };
}

interface StructuredQuery {
  from: { collectionId: string; allDescendants?: boolean }[];
  where?: Filter;
  orderBy?: { field: { fieldPath: string }; direction: Order }[];
}

interface QueryRequest {
  structuredQuery?: StructuredQuery;
  structuredAggregationQuery?: {
    structuredQuery: StructuredQuery;
    aggregations: { sum?: { field: { fieldPath: string } } }[];
  };
}

/** What a call needs indexes for; null for one that is no query. */
export function needOf({ request }: Sent): Need | null {
  const { structuredQuery, structuredAggregationQuery } = request as QueryRequest;
  const query = structuredQuery ?? structuredAggregationQuery?.structuredQuery;
  const [from] = query?.from ?? [];
  if (!query || !from) return null;
  const filters = filtersOf(query.where);
  const equal = filters.filter(({ op }) => op === "EQUAL" || op === "IN");
  const compared = filters.filter((filter) => !equal.includes(filter)).map(({ field }) => field.fieldPath);
  const sums = (structuredAggregationQuery?.aggregations ?? []).flatMap(
    ({ sum }) => sum?.field.fieldPath ?? [],
  );
  return {
    collectionGroup: from.collectionId,
    queryScope: from.allDescendants ? "COLLECTION_GROUP" : "COLLECTION",
    equal: [...new Set(equal.map(({ field }) => field.fieldPath))],
    order: orderOf(query, compared),
    sums,
  };
}

function filtersOf(filter: Filter | undefined): FieldFilter[] {
  if (filter?.fieldFilter) return [filter.fieldFilter];
  return (filter?.compositeFilter?.filters ?? []).flatMap(filtersOf);
}

/** Every index ends with the names, in the order of its last field; a compared field is ordered by if nothing is. */
function orderOf({ orderBy = [] }: StructuredQuery, compared: string[]): Need["order"] {
  const order = orderBy.map(({ field, direction }) => ({ fieldPath: field.fieldPath, order: direction }));
  const last = order.at(-1);
  if (last?.fieldPath === "__name__" && last.order === (order.at(-2)?.order ?? "ASCENDING")) order.pop();
  const missing = [...new Set(compared)].filter((path) => !order.some(({ fieldPath }) => fieldPath === path));
  return [...missing.map((fieldPath) => ({ fieldPath, order: "ASCENDING" as const })), ...order];
}

/** What is declared and serves a query, nothing where automatic indexes do; null where it would be refused. */
export function servedBy(
  { indexes, fieldOverrides }: IndexFile,
  need: Need,
): (CompositeIndex | SingleIndex)[] | null {
  const { collectionGroup, queryScope, equal } = need;

  /** The index of one field: automatic within a collection, unless an override says otherwise. */
  function single(fieldPath: string, order?: Order): SingleIndex[] | null {
    const override = fieldOverrides.find(
      (one) => one.collectionGroup === collectionGroup && one.fieldPath === fieldPath,
    );
    if (!override) return queryScope === "COLLECTION" ? [] : null;
    const found = override.indexes.find(
      (one) => one.queryScope === queryScope && one.order && (!order || one.order === order),
    );
    return found ? [found] : null;
  }

  const sums = need.sums.filter((path) => !need.order.some(({ fieldPath }) => fieldPath === path));
  if (need.order.length + sums.length === 0) return allOf(equal.map((path) => single(path)));
  const [first] = need.order;
  if (equal.length === 0 && need.order.length === 1 && first && sums.length === 0)
    return single(first.fieldPath, first.order);
  if (equal.length === 0 && need.order.length === 0 && sums.length === 1) return single(sums[0] ?? "");
  const composite = indexes.find(
    (index) =>
      index.collectionGroup === collectionGroup && index.queryScope === queryScope && fits(index, need, sums),
  );
  return composite ? [composite] : null;
}

/** Equal fields come first, in any order; then those ordered by, as they are ordered; then those summed up. */
function fits({ fields }: CompositeIndex, { equal, order }: Need, sums: string[]): boolean {
  const paths = fields.map(({ fieldPath }) => fieldPath);
  const same = (a: string[], b: string[]) => a.toSorted().join() === b.toSorted().join();
  const ordered = fields.slice(equal.length, equal.length + order.length);
  return (
    same(paths.slice(0, equal.length), equal) &&
    JSON.stringify(ordered) === JSON.stringify(order) &&
    same(paths.slice(equal.length + order.length), sums)
  );
}

function allOf<T>(parts: (T[] | null)[]): T[] | null {
  return parts.includes(null) ? null : parts.flatMap((part) => part ?? []);
}
