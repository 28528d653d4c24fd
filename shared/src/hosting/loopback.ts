/** Where all that runs on one machine listens, so that its network does not reach it. */
export const LOOPBACK = "127.0.0.1";

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i.test(host);
}
