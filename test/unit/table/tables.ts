import { seedTable } from "../../../src/seed/seed.ts";
import { plan } from "../../../src/table/plan.ts";
import { emptyTable, sectionNames, type Table } from "../../../src/table/table.ts";

/** Two backends in Virginia, one in Ireland, one in Frankfurt. */
export const seed = seedTable({
  "use1-a": { region: "us-east-1", url: "http://127.0.0.1:9001" },
  "use1-b": { region: "us-east-1", url: "http://127.0.0.1:9002" },
  "euw1-a": { region: "eu-west-1", url: "http://127.0.0.1:9003" },
  "euc1-a": { region: "eu-central-1", url: "http://127.0.0.1:9004" },
});

export const seeded = tableOf(emptyTable, seed);

export const rule = (expiresAt: number | null = null) => ({ reason: "syn flood", createdAt: 1000, expiresAt });

/** The table after a patch that nothing speaks against. */
export function tableOf(table: Table, patch: unknown): Table {
  const { next, objections } = plan(table, patch);
  if (objections.length > 0) throw new Error(JSON.stringify(objections, null, 2));
  return next;
}

/** A table as the document that merge patches are about. */
export function documentOf(table: Table): Record<string, Record<string, unknown>> {
  return Object.fromEntries(sectionNames.map((name) => [name, Object.fromEntries(table[name])]));
}
