import type { TablePatch } from "../../../durable-objects/routing-table/api.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { exportZone, importZone } from "../../../src/geodns/zone-file.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { zoneIdSchema } from "../../../src/table/zone.ts";
import { edit } from "../edit.ts";
import { invalid } from "../field-errors.ts";
import { reach, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import { zoneExportSchema, zoneImportSchema } from "../schema/dns.ts";
import { appliedSchema, tablePlanSchema } from "../schema/table.ts";
import { warningsOf } from "../table-warnings.ts";

/** Zones as zone files. */
export const dnsZoneFileRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/dns/zones/:zone/import/plan",
    permission: "dns:plan",
    summary: "What a zone file would change, and what speaks against it",
    body: zoneImportSchema,
    reply: tablePlanSchema,
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const patch = patchOf(call, published.value);
      if (!patch.ok) return patch;
      const plan = await reach(call, "routing table", () => call.deps.table.plan(patch.value));
      if (!plan.ok) return plan;
      return ok({ status: 200, body: { ...plan.value, warnings: await warningsOf(call, plan.value.changes) } });
    },
  }),
  route({
    method: "POST",
    path: "/dns/zones/:zone/import",
    permission: "dns:write",
    summary: "Bring a zone file into the table, whole or not at all",
    description: "The zone is made if it is not there. Steered record sets stay unless the file has them.",
    versioned: true,
    body: zoneImportSchema,
    reply: appliedSchema,
    refusals: ["objections"],
    async handle(call) {
      const imported = await edit(call, (published) => {
        const patch = patchOf(call, published);
        if (!patch.ok) return patch;
        return ok({ patch: patch.value, summary: `import zones/${call.param("zone")}`, extra: null });
      });
      if (!imported.ok) return imported;
      const { epoch, changes } = imported.value;
      return ok({ status: 200, epoch, body: { epoch, changes }, changes });
    },
  }),
  route({
    method: "GET",
    path: "/dns/zones/:zone/export",
    permission: "dns:read",
    summary: "A zone as a zone file, without its steered record sets",
    versioned: true,
    reply: zoneExportSchema,
    refusals: ["absent"],
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const zone = call.param("zone");
      const zoneFile = exportZone(published.value.table, zone);
      if (zoneFile === null) return err({ kind: "absent", what: `zones/${zone}` });
      return ok({ status: 200, epoch: published.value.epoch, body: { zone, zoneFile } });
    },
  }),
];

function patchOf(
  call: Call<unknown, { readonly zoneFile: string; readonly replace: boolean }>,
  { table }: PublishedTable,
): Result<TablePatch, Refusal> {
  const zone = zoneIdSchema.safeParse(call.param("zone"));
  if (!zone.success) return invalid([{ path: "/zone", detail: zone.error.issues[0]?.message ?? "expected a name" }]);
  const patch = importZone(table, zone.data, call.body.zoneFile, call.body.replace);
  if (patch.ok) return ok(patch.value);
  return invalid(
    patch.error.map(({ line, column, message }) => ({
      path: "/zoneFile",
      detail: `line ${line}, column ${column}: ${message}`,
    })),
  );
}
