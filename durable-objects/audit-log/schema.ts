/**
 * An entry has no columns but its text: what is shown and searched is what the hash is of, so that there is nothing
 * else in a row to tamper with. Statements are idempotent.
 */
export const schema = `
  CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    hash TEXT NOT NULL
  );

  -- The end of the chain, in its one row. Apart from the entries, so that a last entry that is gone leaves a gap.
  CREATE TABLE IF NOT EXISTS head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at INTEGER NOT NULL
  );

  CREATE TABLE IF NOT EXISTS signed_head (
    seq INTEGER PRIMARY KEY,
    json TEXT NOT NULL,
    copied INTEGER NOT NULL
  );

  -- Entries that have moved to R2; \`hash\` is of the last of them.
  CREATE TABLE IF NOT EXISTS segment (
    last INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    hash TEXT NOT NULL
  );
`;
