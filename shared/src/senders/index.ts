import type { RecentAnswers } from "../domain/phases.ts";

/** What one sender says of itself, to be read by the others. */
export interface SenderRecord {
  v: 1;
  /** Of the process, never used again. */
  id: string;
  /** The number of this record among those of its sender, from 1. */
  beat: number;
  /** What it asks for and what it may use of each limit: `PROJECT`, or a broadcast's id. Attempts a minute. */
  shares: Readonly<Record<string, { demand: number; granted: number }>>;
  /** How long nobody may send, in ms from when the record was written. */
  pauseMs: number;
  /**
   * Whether its sender goes first when the pause is over, with one message that shows whether it still holds. Then
   * `pauseMs` is longer than its own by `PROBE_MS`.
   */
  probes?: true;
  /** When the senders began to ramp up, by the store's clock; null where its sender has not looked yet. */
  rampedSince: number | null;
  /** What it was answered in about the hour before; absent for nothing, and in records of earlier versions. */
  answers?: RecentAnswers;
  /** How it reaches FCM, where that is not our own HTTP/2; absent for ours, and in records of earlier versions. */
  driver?: OtherDriver;
}

/** A sender's driver of HTTP/2 that is not ours. */
export interface OtherDriver {
  name: "node";
  /** By the store's clock. */
  since: number;
  /** What ended the last connection of our driver, a short code; absent where the setting chose this one. */
  cause?: string;
}

/** The limit that all attempts count toward: the project's quota. */
export const PROJECT = "";

/** A record, and when it was written. */
export interface SeenSender extends SenderRecord {
  writtenAt: number;
}

/** All records at one moment. Times are the store's, so that no two senders' clocks are ever compared. */
export interface Seen {
  at: number;
  senders: SeenSender[];
}

/**
 * Records are kept for so long after they were last written: the next look after that removes them. So *recent* answers are
 * those of the hour before a sender's last record, of senders that wrote in the last ten minutes. Of a sender that ended
 * they count for no longer: to keep its record for an hour, all senders would read it at each heartbeat, and a fleet
 * that scales up and down leaves hundreds. While wrong answers come, the senders that get them write.
 */
export const KEPT_MS = 10 * 60_000;

/** The senders of an installation, as they know of each other. Each writes its own record, and reads all. */
export interface Senders {
  /**
   * Writes a sender's record in the place of its earlier ones. A record that comes late, after one with the same or a
   * higher beat, changes nothing.
   */
  announce(record: SenderRecord): Promise<void>;

  /** Every record that was written before this call, in no order, but for those that nobody renewed for long. */
  look(): Promise<Seen>;
}
