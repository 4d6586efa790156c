import { type MeasurementPoint, measurementPoints } from "../../src/latency-matrix/measurement-point.ts";
import type { Entity, Section } from "../../src/table/table.ts";
import type { RoutingTableApi } from "../routing-table/api.ts";

const PAGE = 1000;

/** The points as the table has them now. Reads no address lists, which a snapshot would bring. */
export async function readPoints(table: RoutingTableApi): Promise<readonly MeasurementPoint[]> {
  const regions = await readSection(table, "regions");
  const backends = await readSection(table, "backends");
  const { verdicts } = await table.verdicts();
  return measurementPoints(regions, backends, verdicts);
}

async function readSection<S extends Section>(table: RoutingTableApi, section: S): Promise<Map<string, Entity<S>>> {
  const entities = new Map<string, Entity<S>>();
  for (let after: string | null = null; ; ) {
    const page = await table.page(section, { limit: PAGE, after });
    for (const [id, entity] of page.entries) entities.set(id, entity as Entity<S>);
    if (page.next === null) return entities;
    after = page.next;
  }
}
