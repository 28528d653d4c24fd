/** The account that pushes, and the audience of its tokens. */
export interface Pusher {
  account: string;
  audience: string;
}

/** Where a subscription pushes, and as which account; without one it sends no token. */
export interface PushingSubscription extends Partial<Pusher> {
  subscription: string;
  endpoint: string;
}
