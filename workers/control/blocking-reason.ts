import type { Table } from "../../src/table/table.ts";
import type { Explanation } from "../../src/telemetry/explanation.ts";

/** Edges know which network of the blacklist holds a client, and the table knows why it is there, while it is. */
export function withReason(explanation: Explanation, { blacklist }: Pick<Table, "blacklist">): Explanation {
  const { screening } = explanation;
  if (screening.kind !== "blocked") return explanation;
  return { ...explanation, screening: { ...screening, reason: blacklist.get(screening.cidr)?.reason ?? null } };
}
