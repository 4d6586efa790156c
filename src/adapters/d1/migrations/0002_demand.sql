-- Requests as the edges counted them, by spans of five minutes. `country` is '' where it was unknown.
CREATE TABLE demand (
  colo TEXT NOT NULL,
  at INTEGER NOT NULL,
  service TEXT NOT NULL,
  country TEXT NOT NULL,
  requests INTEGER NOT NULL,
  PRIMARY KEY (colo, at, service, country)
) WITHOUT ROWID;
