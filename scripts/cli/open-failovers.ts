import { failoverSchema } from "../../workers/control/schema/failover.ts";
import type { Client } from "./client.ts";
import { failoverColumns, isOpen } from "./failover-report.ts";

/** The failovers that are under way, of one region or to it where one is named, as parts of a report: none or one. */
export async function openFailovers(client: Client, region: string | null): Promise<string[]> {
  const all = await client.list("/failovers", failoverSchema);
  // Who looks at regions is to see the rest all the same.
  if (!all.ok) return ["the failovers cannot be read"];
  const concerned = all.value.filter(
    ({ from, plan }) =>
      region === null || from === region || plan?.targets.some((target) => target.region === region) === true,
  );
  const open = concerned.filter(isOpen);
  return open.length === 0 ? [] : [failoverColumns(open)];
}
