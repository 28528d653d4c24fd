import type { Pusher } from "../hosting/push-token.ts";

/** Where a subscription pushes, and as which account; without one it sends no token. */
export interface PushingSubscription extends Partial<Pusher> {
  subscription: string;
  endpoint: string;
}
