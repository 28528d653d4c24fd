/**
 * The schema of the data file, as the steps that lead to it; `user_version` counts the steps taken. A step that has
 * been released never changes: what is to change gets a step of its own.
 * Times are milliseconds since 1970.
 */
const registrationsAndBroadcasts = `
CREATE TABLE registrations (
  path TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  address TEXT,
  kind TEXT NOT NULL,
  device_type TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX registrations_by_address ON registrations (address, path, device_type, kind, created_at);
CREATE INDEX registrations_by_owner ON registrations (owner);

CREATE TABLE tombstones (
  id TEXT PRIMARY KEY,
  broadcast TEXT NOT NULL,
  code TEXT NOT NULL,
  pruned_at INTEGER NOT NULL,
  path TEXT NOT NULL,
  document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_broadcast ON tombstones (broadcast);

CREATE TABLE broadcasts (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  phase TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  owes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX broadcasts_scheduled ON broadcasts (due_at) WHERE phase = 'scheduled';
CREATE INDEX broadcasts_owing ON broadcasts (id) WHERE owes > 0;
CREATE INDEX broadcasts_running ON broadcasts (id) WHERE phase = 'running';
CREATE INDEX broadcasts_by_time ON broadcasts (created_at);
`;

/** `hint_at`: when the tick is to publish the id again; null where there is nothing to drive on. */
const ledger = `
CREATE TABLE ranges (
  id TEXT PRIMARY KEY,
  broadcast TEXT NOT NULL,
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  hint_at INTEGER,
  hints INTEGER NOT NULL DEFAULT 0,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX ranges_by_broadcast ON ranges (broadcast, state);
CREATE INDEX ranges_to_hint ON ranges (hint_at) WHERE hint_at IS NOT NULL;

CREATE TABLE chunks (
  id TEXT PRIMARY KEY,
  broadcast TEXT NOT NULL,
  state TEXT NOT NULL,
  parked INTEGER NOT NULL DEFAULT 0,
  epoch INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  not_before INTEGER NOT NULL DEFAULT 0,
  first_claimed_at INTEGER,
  hand_backs INTEGER NOT NULL DEFAULT 0,
  hint_at INTEGER,
  hints INTEGER NOT NULL DEFAULT 0,
  members INTEGER NOT NULL,
  accepted INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  expired INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  unknown INTEGER NOT NULL DEFAULT 0,
  possible_repeats INTEGER NOT NULL DEFAULT 0,
  progress TEXT
) STRICT;
CREATE INDEX chunks_by_broadcast ON chunks (broadcast, state);
CREATE INDEX chunks_to_hint ON chunks (hint_at) WHERE hint_at IS NOT NULL;

-- Apart from the chunk, which is rewritten at every claim: members are written once and are a hundred times its size.
CREATE TABLE chunk_members (
  chunk TEXT PRIMARY KEY,
  members TEXT NOT NULL
) STRICT;
`;

const bus = `
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription TEXT NOT NULL,
  message_id TEXT NOT NULL,
  data TEXT NOT NULL,
  attributes TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  visible_at INTEGER NOT NULL,
  ack_id TEXT
) STRICT;
CREATE INDEX messages_by_visibility ON messages (subscription, visible_at);
`;

const senders = `
CREATE TABLE senders (
  id TEXT PRIMARY KEY,
  beat INTEGER NOT NULL,
  written_at INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
`;

/** Keyed by the version that the act made. */
const audit = `
CREATE TABLE audit (
  broadcast TEXT NOT NULL,
  version INTEGER NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (broadcast, version)
) STRICT, WITHOUT ROWID;
`;

const health = `
CREATE TABLE health (
  name TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX dead_letters_by_time ON dead_letters (at);
`;

export const MIGRATIONS: readonly string[] = [
  registrationsAndBroadcasts,
  ledger,
  bus,
  senders,
  audit,
  health,
];
