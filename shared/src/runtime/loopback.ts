/** Where whatever runs on one machine listens, so that its network does not reach it. */
export const LOOPBACK = "127.0.0.1";
