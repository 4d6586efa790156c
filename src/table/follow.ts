import { err, ok, type Result } from "../base/result.ts";
import { inSlices } from "../base/sliced.ts";
import { advanceTable } from "./advance.ts";
import { FRAME_VERSION } from "./frame.ts";
import type { SnapshotReply, SnapshotRequest } from "./publisher.ts";
import type { PublishedTable } from "./table.ts";
import type { TableScope } from "./update.ts";
import { decodeUpdate } from "./update-codec.ts";

export type AskTable = (request: SnapshotRequest) => Promise<SnapshotReply>;

/** The newest table, from the one that is held (`null`: none) by what has changed since. Throws what `ask` throws. */
export async function followTable(
  ask: AskTable,
  held: PublishedTable | null,
  scope: TableScope,
  pause: () => Promise<void>,
): Promise<Result<PublishedTable, string>> {
  const reply = await ask({ reads: [FRAME_VERSION], scope, have: held?.epoch ?? null });
  if (reply.kind === "refused") return err(reply.detail);
  if (reply.kind === "unchanged") return held === null ? err("no epoch to compare with") : ok(held);
  const update = await inSlices(decodeUpdate(reply.encoded), pause);
  const next = update.ok ? advanceTable(held, update.value, scope) : update;
  // What does not follow on what is held may do so on nothing.
  return next.ok || held === null ? next : followTable(ask, null, scope, pause);
}
