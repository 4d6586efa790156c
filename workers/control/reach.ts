import { err, ok, type Result } from "../../src/base/result.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";

type Part =
  | "routing table"
  | "health history"
  | "record of incidents"
  | "record of traffic"
  | "record of answers"
  | "record of principals"
  | "record of keys"
  | "latency prober"
  | "failover coordinator"
  | "observer of a colo"
  | "mitigator"
  | "anomaly detector"
  | "audit log";

/** Asks another part of the system. One that cannot answer is an expected failure: 503, and the cause is logged. */
export async function reach<T>(call: Call, part: Part, ask: () => Promise<T>): Promise<Result<T, Refusal>> {
  try {
    return ok(await ask());
  } catch (cause) {
    const { requestId } = call.actor;
    call.deps.log({ level: "error", message: `the ${part} cannot be reached`, requestId, cause });
    return err({ kind: "unavailable", what: `the ${part} cannot be reached` });
  }
}

export const readTable = (call: Call): Promise<Result<PublishedTable, Refusal>> =>
  reach(call, "routing table", () => call.tables.read());

/** The table with what is known of its health at this moment. */
export interface TableHealth extends PublishedTable {
  /** When an edge last suspected each backend, Unix milliseconds. */
  readonly suspectedAt: ReadonlyMap<string, number>;
}

/** The table with the newest verdicts, which a kept snapshot does not have. */
export async function readHealth(call: Call): Promise<Result<TableHealth, Refusal>> {
  const published = await readTable(call);
  if (!published.ok) return published;
  const live = await reach(call, "routing table", () => call.deps.table.verdicts());
  if (!live.ok) return live;
  const { verdicts: health, suspectedAt } = live.value;
  return ok({ ...published.value, health, suspectedAt });
}
