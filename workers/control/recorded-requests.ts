import { ok, type Result } from "../../src/base/result.ts";
import { compileSnapshot } from "../../src/table/snapshot.ts";
import { withoutAddresses } from "../../src/table/table.ts";
import { type RecordedRequest, recordedRequests } from "../../src/telemetry/recorded-request.ts";
import { readTable } from "./reach.ts";
import { recentTraces } from "./recorded.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";

/** Requests of the last hour that were traced by chance, with what is to be known of them to judge by them. */
export interface RequestSample {
  readonly epoch: number;
  /** The oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** The part that is traced of the requests of each service that has some here, percent. */
  readonly tracePercent: ReadonlyMap<string, number>;
  readonly colos: readonly string[];
  readonly omittedColos: number;
}

/** The newest of them, at most `limit`, of one colo or of all that have had traffic of late. */
export async function readSample(
  call: Call,
  { colo, limit }: { readonly colo?: string | undefined; readonly limit: number },
): Promise<Result<RequestSample, Refusal>> {
  const published = await readTable(call);
  if (!published.ok) return published;
  const recent = await recentTraces(call, { colo, limit, occasion: "sampled" });
  if (!recent.ok) return recent;
  const { traces, colos, omittedColos } = recent.value;
  // Addresses have no part in it, and there may be many to compile.
  const table = withoutAddresses(published.value.table);
  const requests = recordedRequests(compileSnapshot({ ...published.value, table }), traces);
  const services = [...new Set(requests.map(({ service }) => service))].sort();
  const tracePercent = new Map(services.map((id) => [id, table.services.get(id)?.tracePercent ?? 0]));
  return ok({ epoch: published.value.epoch, requests, tracePercent, colos, omittedColos });
}
