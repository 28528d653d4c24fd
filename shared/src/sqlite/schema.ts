/**
 * The schema of the data file, as the steps that lead to it; `user_version` counts the steps taken. A step that has
 * been released never changes: what is to change gets a step of its own.
 * Times are milliseconds since 1970, unless it says otherwise.
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

/** These times are in microseconds, as Firestore's are. */
const documents = `
CREATE TABLE ff_documents (
  path TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Documents are named by their keys (`documentKey`). `open`: 1 while a batch waits, or was given up and not closed. */
const intake = `
CREATE TABLE batches (
  key TEXT PRIMARY KEY,
  print TEXT NOT NULL,
  size INTEGER NOT NULL,
  state TEXT NOT NULL,
  open INTEGER NOT NULL DEFAULT 1,
  joined_at INTEGER NOT NULL
) STRICT;
CREATE INDEX batches_by_print ON batches (print, size) WHERE state = 'waiting';
CREATE INDEX batches_open ON batches (joined_at) WHERE open = 1;
CREATE INDEX batches_by_time ON batches (joined_at);

CREATE TABLE batched (
  document TEXT PRIMARY KEY,
  batch TEXT NOT NULL,
  place INTEGER NOT NULL,
  path TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX batched_by_place ON batched (batch, place);

CREATE TABLE asked (
  sender TEXT NOT NULL,
  document TEXT NOT NULL,
  at INTEGER NOT NULL,
  admitted INTEGER NOT NULL,
  PRIMARY KEY (sender, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX asked_by_sender ON asked (sender, admitted, at);
CREATE INDEX asked_by_time ON asked (at);

CREATE TABLE refusals (
  document TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refusals_by_time ON refusals (at);

CREATE TABLE comparisons (
  document TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX comparisons_by_time ON comparisons (at);
`;

/** `path`: the registration that took the token's place; `id` is derived from token and owner, of older rows from the token. */
const replaced = `
CREATE TABLE replaced (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL,
  owner TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replaced_by_owner ON replaced (owner);
CREATE INDEX replaced_by_expiry ON replaced (expires_at);
CREATE INDEX tombstones_by_path ON tombstones (path);
`;

/**
 * From here on leases, waits and hints of ranges and chunks, `visible_at` of messages, `written_at` of senders and the
 * tick's `at` are milliseconds of the machine's boot clock. `boot` has one row: the boot that they count from.
 */
const clocks = `
CREATE TABLE boot (
  id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE clock_steps (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX clock_steps_by_time ON clock_steps (at);

-- At most one row: the latest time that was given out for a registration or a release.
CREATE TABLE registrations_time (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO registrations_time SELECT 1, max(time) FROM (
  SELECT max(created_at, updated_at) AS time FROM registrations) HAVING max(time) IS NOT NULL;
`;

/**
 * Every text that `device_type` has, or once had: a platform's registrations are found by the texts that count as it.
 * Whatever writes registrations notes their texts in the same transaction. Triggers would slow down imports.
 */
const deviceTypes = `
CREATE TABLE device_types (
  type TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO device_types SELECT DISTINCT device_type FROM registrations;
`;

/** At most one row: the fields of documents that Fanfare does not know. */
const appFields = `
CREATE TABLE app_fields (
  id INTEGER PRIMARY KEY,
  record TEXT NOT NULL
) STRICT;
`;

export const MIGRATIONS: readonly string[] = [
  registrationsAndBroadcasts,
  ledger,
  bus,
  senders,
  audit,
  health,
  documents,
  intake,
  replaced,
  clocks,
  deviceTypes,
  appFields,
];
