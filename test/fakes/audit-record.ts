import type { AuditRecord } from "../../src/audit/entry.ts";

/** A record of what somebody did, with what a test cares about. */
export const auditRecord = (fields: Partial<AuditRecord> = {}): AuditRecord => ({
  principal: { id: "p-1", name: "ann", kind: "person", credential: "session-1" },
  address: "203.0.113.9",
  action: { permission: "weights:write", method: "PUT", path: "/weights" },
  target: "weights",
  changes: [{ what: "regions/us-east-1", before: { weight: 100 }, after: { weight: 50 } }],
  rest: null,
  requestId: "request-1",
  result: { outcome: "done", status: 200, reason: null },
  attempts: 1,
  ...fields,
});
