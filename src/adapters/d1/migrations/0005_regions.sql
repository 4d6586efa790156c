-- Changes of a region's state. Written at least once, so keyed by content; `seq` orders those of one moment.
CREATE TABLE region_transition (
  region TEXT NOT NULL,
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  reasons TEXT NOT NULL,
  PRIMARY KEY (region, at, seq)
) WITHOUT ROWID;

-- Failures of regions. Ids are in the order of time. `cause`, `evidence` and `actions` are JSON; `closed_at` is NULL while it is open.
CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  region TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  closed_at INTEGER,
  cause TEXT NOT NULL,
  evidence TEXT NOT NULL,
  actions TEXT NOT NULL
) WITHOUT ROWID;
