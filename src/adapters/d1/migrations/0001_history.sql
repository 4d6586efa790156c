-- Health of backends: each change of status, and a sample every ten minutes. Written at least once, so keyed by content.
CREATE TABLE region_health (
  region TEXT NOT NULL,
  at INTEGER NOT NULL,
  backend TEXT NOT NULL,
  vantage TEXT NOT NULL,
  status TEXT NOT NULL,
  latency_ms REAL,
  load TEXT,
  detail TEXT NOT NULL,
  PRIMARY KEY (region, at, backend, vantage)
) WITHOUT ROWID;

-- Changes of the routing table. `changes` is JSON, NULL where it would be too long; `change_count` always tells.
CREATE TABLE table_change (
  epoch INTEGER NOT NULL,
  at INTEGER NOT NULL,
  principal TEXT NOT NULL,
  request_id TEXT NOT NULL,
  summary TEXT NOT NULL,
  change_count INTEGER NOT NULL,
  changes TEXT,
  PRIMARY KEY (epoch, at)
) WITHOUT ROWID;
