/**
 * Text-keyed tables are WITHOUT ROWID: one row written for each row changed, which is what the platform bills.
 * Statements are idempotent; a later version appends `CREATE … IF NOT EXISTS` or a guarded `ALTER`.
 */
export const schema = `
  CREATE TABLE IF NOT EXISTS entity (
    section TEXT NOT NULL,
    id TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (section, id)
  ) WITHOUT ROWID;

  -- One row for each kept epoch that changed configuration. Epochs between them changed health only.
  CREATE TABLE IF NOT EXISTS epoch (
    epoch INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    principal TEXT NOT NULL,
    request_id TEXT NOT NULL,
    summary TEXT NOT NULL,
    change_count INTEGER NOT NULL
  );

  -- What each kept epoch changed; NULL is an entity that was not there, or no longer is.
  CREATE TABLE IF NOT EXISTS change (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    section TEXT NOT NULL,
    id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (epoch, seq)
  ) WITHOUT ROWID;

  -- What each vantage says of each backend, and when it said so last, but for renewals of less than a minute.
  CREATE TABLE IF NOT EXISTS vote (
    backend TEXT NOT NULL,
    vantage TEXT NOT NULL,
    heard_at INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (backend, vantage)
  ) WITHOUT ROWID;

  -- The verdict as it was when it last changed (live) and as the newest epoch publishes it.
  CREATE TABLE IF NOT EXISTS verdict (
    backend TEXT PRIMARY KEY,
    live TEXT NOT NULL,
    published TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    -- The epoch that published it first.
    published_epoch INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;

  -- The failovers of regions. NULL is one that is over.
  CREATE TABLE IF NOT EXISTS failover (
    id TEXT PRIMARY KEY,
    json TEXT,
    -- The epoch that publishes it as it is.
    published_epoch INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- The defences of services, alike.
  CREATE TABLE IF NOT EXISTS defence (
    id TEXT PRIMARY KEY,
    json TEXT,
    published_epoch INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- What each colo has told, as JSON: [[place, epoch that publishes it, row or null], ...].
  CREATE TABLE IF NOT EXISTS learned (
    colo TEXT PRIMARY KEY,
    told_at INTEGER NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID;

  -- The outbox to D1 of health records. Changes need none: the epochs after the counter \`copied-epoch\` wait.
  CREATE TABLE IF NOT EXISTS health_record (
    seq INTEGER PRIMARY KEY,
    json TEXT NOT NULL
  );

  CREATE TABLE IF NOT EXISTS counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

/** Brings tables of older versions up to date. */
export function migrate(sql: SqlStorage): void {
  const failover = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('failover')").toArray();
  if (failover.some(({ name }) => name === "region")) sql.exec("ALTER TABLE failover RENAME COLUMN region TO id");
  const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('verdict')").toArray();
  if (columns.some(({ name }) => name === "published_epoch")) return;
  // Of those that were published before nobody knows when: they count as new to every reader.
  sql.exec(`
    ALTER TABLE verdict ADD COLUMN published_epoch INTEGER NOT NULL DEFAULT 0;
    UPDATE verdict SET published_epoch = (SELECT value FROM counter WHERE name = 'epoch');
  `);
}
