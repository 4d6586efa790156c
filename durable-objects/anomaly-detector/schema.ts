/** Text-keyed tables are WITHOUT ROWID: one row written for each row changed. Statements are idempotent. */
export const schema = `
  -- What is usual for each service, and the attack on it that is open, as JSON.
  CREATE TABLE IF NOT EXISTS service (
    service TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) WITHOUT ROWID;

  -- The detector of each series, as JSON.
  CREATE TABLE IF NOT EXISTS series (
    service TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (service, key)
  ) WITHOUT ROWID;
`;
