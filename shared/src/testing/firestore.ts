import { type Firestore, openFirestore } from "../google/firestore.ts";
import { createQueries, type Queries } from "../google/firestore-queries.ts";
import { freshProject } from "./emulators.ts";

/** A client of a project that no other test sees. */
export function openFreshFirestore(project = freshProject()): Firestore {
  return openFirestore({ project });
}

/** One call of the client's, as it goes over the wire. */
export interface Sent {
  /** Such as `runQuery` or `commit`. */
  method: string;
  request: unknown;
}

/** Does its part, and sends the call: once as a rule, twice for a client that has lost the first answer. */
export type Around = (sent: Sent, send: () => Promise<unknown>) => Promise<unknown>;

type Call = (method: string, ...rest: unknown[]) => Promise<unknown>;

/** Stands between a client and the wire. Of what stood there before, nothing is lost. */
export function intercept(firestore: Firestore, around: Around): void {
  const client = firestore as unknown as { request: Call; requestStream: Call };
  const [request, requestStream] = [client.request.bind(client), client.requestStream.bind(client)];
  client.request = (method, body, ...rest) =>
    around({ method, request: body }, () => request(method, body, ...rest));
  client.requestStream = (method, bidirectional, body, ...rest) =>
    around({ method, request: body }, () => requestStream(method, bidirectional, body, ...rest));
}

/** What a client sends from now on. */
export function recordSent(firestore: Firestore): Sent[] {
  const all: Sent[] = [];
  intercept(firestore, (sent, send) => {
    all.push(sent);
    return send();
  });
  return all;
}

/** Queries that go past the client, noted among what it sends. */
export function recordQueries(firestore: Firestore, sent: Sent[]): Queries {
  const queries = createQueries(firestore);
  return {
    ...queries,
    run(parent, structuredQuery) {
      sent.push({ method: "runQuery", request: { parent, structuredQuery } });
      return queries.run(parent, structuredQuery);
    },
  };
}

/** Lets something happen right before the client's next commit is sent. */
export function beforeNextCommit(firestore: Firestore, happen: () => Promise<unknown>): void {
  aroundNextCommit(firestore, async (send) => {
    await happen();
    return send();
  });
}

/** Lets something happen right after the client's next commit has gone through. */
export function afterNextCommit(firestore: Firestore, happen: () => Promise<unknown>): void {
  aroundNextCommit(firestore, async (send) => {
    const answer = await send();
    await happen();
    return answer;
  });
}

/** The answer to the client's next commit is lost, so that the client sends it again. */
export function loseNextAnswer(firestore: Firestore): void {
  aroundNextCommit(firestore, async (send) => {
    await send();
    return send();
  });
}

function aroundNextCommit(
  firestore: Firestore,
  around: (send: () => Promise<unknown>) => Promise<unknown>,
): void {
  let over = false;
  intercept(firestore, ({ method }, send) => {
    if (method !== "commit" || over) return send();
    over = true;
    return around(send);
  });
}
