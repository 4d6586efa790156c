import { z } from "zod";
import { err, ok, type Result } from "../../base/result.ts";
import type { SyncChange } from "../../dns/sync/plan.ts";
import type { ProviderRecord } from "../../dns/sync/record.ts";
import type { Call } from "./client.ts";
import type { ApiFailure } from "./envelope.ts";
import { bodyOf, cloudflareRecordSchema, recordOf } from "./record-body.ts";

/** What a page may have at most is not said; this many come in one reply without harm. */
const PAGE_RECORDS = 1000;
const MAX_PAGES = 100;
/** Of one batch, in a zone of the smallest plan. */
const MAX_BATCH = 200;

const zonesSchema = z.array(z.object({ id: z.string(), name: z.string() }));
const recordsSchema = z.array(cloudflareRecordSchema);

/** The id of a zone by its name (`GET /zones?name=`); `null` where the token sees no such zone. */
export async function findZone(call: Call, name: string): Promise<Result<string | null, ApiFailure>> {
  const reply = await call("GET", `/zones?name=${encodeURIComponent(name)}`);
  if (!reply.ok) return reply;
  const zones = zonesSchema.safeParse(reply.value.result);
  if (!zones.success) return err({ kind: "bad-reply", status: 200 });
  return ok(zones.data.find((zone) => zone.name === name)?.id ?? null);
}

/** All records of a zone, page by page (`GET /zones/{id}/dns_records`). */
export async function listRecords(call: Call, zone: string): Promise<Result<readonly ProviderRecord[], ApiFailure>> {
  const records = new Map<string, ProviderRecord>();
  for (let page = 1; page <= MAX_PAGES; page++) {
    // In an order that a record which comes or goes meanwhile changes the least.
    const query = `page=${page}&per_page=${PAGE_RECORDS}&order=name&direction=asc`;
    const reply = await call("GET", `${pathOf(zone)}?${query}`);
    if (!reply.ok) return reply;
    const listed = recordsSchema.safeParse(reply.value.result);
    if (!listed.success) return err({ kind: "bad-reply", status: 200 });
    for (const record of listed.data) records.set(record.id, recordOf(record));
    const { per_page: size = PAGE_RECORDS, total_count: total = 0 } = reply.value.result_info ?? {};
    if (page * size >= total) break;
  }
  return ok([...records.values()]);
}

export interface CarriedOut {
  readonly done: number;
  /** What has stopped it. The changes of the call that failed may have been made where that one broke off. */
  readonly failure: ApiFailure | null;
}

/**
 * Makes changes: one by a call of its own, more by batches, each of which the API carries out whole or not at all. Within
 * a batch it removes before it changes, and changes before it creates.
 */
export async function carryOut(call: Call, zone: string, changes: readonly SyncChange[]): Promise<CarriedOut> {
  const [first] = changes;
  if (first !== undefined && changes.length === 1) {
    const reply = await single(call, zone, first);
    return reply.ok ? { done: 1, failure: null } : { done: 0, failure: reply.error };
  }
  for (let done = 0; done < changes.length; done += MAX_BATCH) {
    const reply = await call("POST", `${pathOf(zone)}/batch`, batchOf(changes.slice(done, done + MAX_BATCH)));
    if (!reply.ok) return { done, failure: reply.error };
  }
  return { done: changes.length, failure: null };
}

function single(call: Call, zone: string, change: SyncChange): ReturnType<Call> {
  switch (change.kind) {
    case "create":
      return call("POST", pathOf(zone), bodyOf(change.record));
    case "update":
      return call("PUT", `${pathOf(zone)}/${change.before.id}`, bodyOf(change.record));
    case "delete":
      return call("DELETE", `${pathOf(zone)}/${change.before.id}`);
  }
}

const batchOf = (changes: readonly SyncChange[]) => ({
  deletes: changes.flatMap((change) => (change.kind === "delete" ? [{ id: change.before.id }] : [])),
  puts: changes.flatMap((change) =>
    change.kind === "update" ? [{ id: change.before.id, ...bodyOf(change.record) }] : [],
  ),
  posts: changes.flatMap((change) => (change.kind === "create" ? [bodyOf(change.record)] : [])),
});

const pathOf = (zone: string) => `/zones/${encodeURIComponent(zone)}/dns_records`;
