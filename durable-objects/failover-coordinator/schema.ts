/** One JSON text a record: it is always read and written whole, and each change writes one row. */
export const createTable = `
  CREATE TABLE IF NOT EXISTS failover (
    id TEXT PRIMARY KEY,
    requested_at INTEGER NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID`;
