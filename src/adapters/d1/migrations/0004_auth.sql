-- Who may use the control plane. `roles` and `allowlist` are JSON. Secrets that are random are kept as SHA-256 only.
CREATE TABLE principal (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  kind TEXT NOT NULL,
  email TEXT COLLATE NOCASE UNIQUE,
  roles TEXT NOT NULL,
  allowlist TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  password_hash TEXT,
  totp_secret TEXT,
  totp_step INTEGER NOT NULL,
  pending_totp_secret TEXT
) WITHOUT ROWID;

-- Persons with the role `admin` everywhere. While there is none the first can be made; the last one stays.
CREATE VIEW admin AS
  SELECT id FROM principal WHERE kind = 'person' AND EXISTS (
    SELECT 1 FROM json_each(roles)
    WHERE value->>'role' = 'admin' AND value->>'regions' IS NULL AND value->>'services' IS NULL
  );

CREATE TABLE role (
  name TEXT PRIMARY KEY,
  permissions TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE session (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  principal TEXT NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  transport TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  second_factor_at INTEGER
) WITHOUT ROWID;

CREATE INDEX session_principal ON session (principal, created_at);
CREATE INDEX session_expires ON session (expires_at);

-- `token_limit` is JSON, NULL where the token may do all that its principal may.
CREATE TABLE token (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  principal TEXT NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  token_limit TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  step_up_exempt INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX token_principal ON token (principal);

CREATE TABLE recovery_code (
  principal TEXT NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  PRIMARY KEY (principal, hash)
) WITHOUT ROWID;

CREATE TABLE passkey (
  id TEXT PRIMARY KEY,
  principal TEXT NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) WITHOUT ROWID;

CREATE INDEX passkey_principal ON passkey (principal);

-- Of WebAuthn: each works once. `principal` is '' for who is not known yet.
CREATE TABLE challenge (
  challenge TEXT PRIMARY KEY,
  principal TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX challenge_expires ON challenge (expires_at);

-- Failed attempts to sign in, by the hash of a name or by address.
CREATE TABLE attempt (
  key TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX attempt_last ON attempt (last_at);

-- Networks from which the control plane may be used. Empty is anywhere.
CREATE TABLE control_network (
  cidr TEXT PRIMARY KEY
) WITHOUT ROWID;
