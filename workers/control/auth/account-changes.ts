import { REDACTED } from "../../../src/audit/redact.ts";
import type { KeptSession } from "../../../src/auth/account.ts";
import type { Change } from "../../../src/table/change.ts";
import { toSession } from "./account-reply.ts";

/** What became of a session, for the audit log. */
export const sessionChange = (before: KeptSession | null, after: KeptSession | null): Change => ({
  section: "sessions",
  id: (after ?? before)?.id ?? "",
  before: before && toSession(before),
  after: after && toSession(after),
});

/** That a proof of somebody's came or was replaced, and not what it is. */
export const proofChange = (principal: string, proof: string, wasThere: boolean): Change => ({
  section: "principals",
  id: `${principal}/${proof}`,
  before: wasThere ? REDACTED : null,
  after: REDACTED,
});
