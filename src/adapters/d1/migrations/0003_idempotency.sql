-- Answers to writes by the key that came with them. `answer` is JSON, NULL while the write is under way.
CREATE TABLE idempotency (
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  at INTEGER NOT NULL,
  answer TEXT,
  PRIMARY KEY (principal, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_at ON idempotency (at);
