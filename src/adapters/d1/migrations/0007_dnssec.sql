-- Keys that sign zones. `keys` is JSON; the private parts in it are sealed under the deployment's DNSSEC_KEY.
CREATE TABLE dnssec_zone (
  zone TEXT PRIMARY KEY,
  generation INTEGER NOT NULL,
  keys TEXT NOT NULL
) WITHOUT ROWID;
