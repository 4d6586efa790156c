-- Copies of what the shield has recorded, 90 days. Ids are in the order of time; `record` is JSON.
CREATE TABLE attack (
  id TEXT PRIMARY KEY,
  service TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  -- NULL while it is not over.
  over_at INTEGER,
  record TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE ban (
  id TEXT PRIMARY KEY,
  cidr TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX ban_by_cidr ON ban (cidr, id);

CREATE TABLE shield_alert (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  record TEXT NOT NULL
) WITHOUT ROWID;
