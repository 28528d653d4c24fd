/** A service at work in this process. */
export interface Service {
  /** Takes nothing new, finishes or hands back what it has, and lets go. */
  close(): Promise<void>;
}
