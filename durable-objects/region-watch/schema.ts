/** Text-keyed tables are WITHOUT ROWID: one row written for each row changed. Statements are idempotent. */
export const schema = `
  -- The batches of the last seconds, by the time of their coming: what a reading is made of.
  CREATE TABLE IF NOT EXISTS batch (
    sender TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    rows TEXT NOT NULL,
    PRIMARY KEY (sender, sequence)
  ) WITHOUT ROWID;

  -- The last batch of each sender that was counted.
  CREATE TABLE IF NOT EXISTS sender (
    sender TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- What is remembered of each region, as JSON.
  CREATE TABLE IF NOT EXISTS region (
    region TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) WITHOUT ROWID;

  -- Open incidents, and those that D1 has not taken as they are now, as JSON.
  CREATE TABLE IF NOT EXISTS incident (
    id TEXT PRIMARY KEY,
    -- Rises with each change; D1 has it up to \`copied\`.
    version INTEGER NOT NULL,
    copied INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID;

  -- The outbox to D1 of changes of state.
  CREATE TABLE IF NOT EXISTS transition (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    json TEXT NOT NULL
  );
`;
