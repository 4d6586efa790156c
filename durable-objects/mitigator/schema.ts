/** Text-keyed tables are WITHOUT ROWID: one row written for each row changed. Statements are idempotent. */
export const schema = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

  -- Attacks as JSON; \`open\` is what goes on besides, NULL when it is over. D1 has \`version\` up to \`copied\`.
  CREATE TABLE IF NOT EXISTS attack (
    id TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    version INTEGER NOT NULL,
    copied INTEGER NOT NULL,
    json TEXT NOT NULL,
    open TEXT
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS ban (
    id TEXT PRIMARY KEY,
    cidr TEXT NOT NULL,
    version INTEGER NOT NULL,
    copied INTEGER NOT NULL,
    is_standing INTEGER NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ban_by_cidr ON ban (cidr, id);

  -- What is remembered of addresses and prefixes, as JSON.
  CREATE TABLE IF NOT EXISTS offender (
    cidr TEXT PRIMARY KEY,
    ends_at INTEGER NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS proposal (
    id TEXT PRIMARY KEY,
    is_open INTEGER NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS alert (
    id TEXT PRIMARY KEY,
    is_copied INTEGER NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID;

  -- The sample of good clients, and of those that may become so.
  CREATE TABLE IF NOT EXISTS good_client (
    client TEXT PRIMARY KEY,
    hash INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
  ) WITHOUT ROWID;
`;
