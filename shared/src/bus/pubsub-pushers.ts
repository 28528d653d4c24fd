import { STATUS, statusOf } from "../google/grpc.ts";
import { findCredentials, openPubSub } from "./pubsub-client.ts";
import type { Pusher, PushingSubscription } from "./pushing.ts";

/** A call that Pub/Sub does not answer is given up after this time, in milliseconds. */
const CALL = { timeout: 5_000 };

/**
 * Asks Pub/Sub which of the subscriptions push, where, as which account and for which audience; one that is missing does
 * not. It takes the permission `pubsub.subscriptions.get` on them.
 * @param subscriptions their ids, with the prefix
 * @throws Pub/Sub's error where it cannot be asked
 */
export async function readPushing(
  project: string,
  subscriptions: readonly string[],
): Promise<PushingSubscription[]> {
  const client = openPubSub(project);
  try {
    await findCredentials(client);
    const all = subscriptions.map(async (subscription): Promise<PushingSubscription[]> => {
      const [{ pushConfig }] = await client.subscription(subscription).getMetadata(CALL).catch(noneIfMissing);
      const { pushEndpoint: endpoint, oidcToken } = pushConfig ?? {};
      if (!endpoint) return [];
      const account = oidcToken?.serviceAccountEmail;
      const proof = account ? { account, audience: oidcToken?.audience || endpoint } : {};
      return [{ subscription, endpoint, ...proof }];
    });
    return (await Promise.all(all)).flat();
  } finally {
    await client.close();
  }
}

function noneIfMissing(error: unknown): [{ pushConfig?: undefined }] {
  if (statusOf(error) === STATUS.NOT_FOUND) return [{}];
  throw error;
}

/** As which account, and for which audience, the subscriptions push with a token. */
export async function readPushers(project: string, subscriptions: readonly string[]): Promise<Pusher[]> {
  const pushing = await readPushing(project, subscriptions);
  return pushing.flatMap(({ account, audience }) => (account && audience ? [{ account, audience }] : []));
}
