import { z } from "zod";
import { isHeldEverywhere } from "../../../src/auth/scope.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { applyInScope } from "../apply-in-scope.ts";
import { hazardIn } from "../ban-hazard.ts";
import { requiredEpoch } from "../edit.ts";
import { withoutEnded } from "../ended-entries.ts";
import { openCursor, sealCursor, wrongCursor } from "../page.ts";
import { reach, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { planRollback, rollBack } from "../roll-back.ts";
import { type Route, route } from "../route.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import {
  appliedPatchSchema,
  historyEntrySchema,
  rollbackPlanRequestSchema,
  rollbackSchema,
  rolledBackSchema,
  type TableDocument,
  tableDocumentSchema,
  tablePatchSchema,
  tablePlanSchema,
} from "../schema/table.ts";
import { warningsOf } from "../table-warnings.ts";
import { toTime } from "../to-time.ts";

const forceQuerySchema = z.strictObject({
  /** Even if it bans the caller's own address, a very wide network or a verified bot, or brings such a ban back. */
  force: z.literal("true").optional(),
});

export const tableRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/table",
    permission: "table:read",
    summary: "The table, without its addresses and record sets",
    versioned: true,
    reply: tableDocumentSchema,
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      return ok({ status: 200, epoch: published.value.epoch, body: toDocument(published.value) });
    },
  }),
  route({
    method: "POST",
    path: "/table/plan",
    permission: "table:plan",
    summary: "What a patch would change, and what speaks against it",
    body: tablePatchSchema,
    reply: tablePlanSchema,
    async handle(call) {
      const { patch, warnings: ended } = withoutEnded(call.body, call.deps.now());
      const plan = await reach(call, "routing table", () => call.deps.table.plan(patch));
      if (!plan.ok) return plan;
      const warnings = [...ended, ...(await warningsOf(call, plan.value.changes))];
      return ok({ status: 200, body: { ...plan.value, warnings } });
    },
  }),
  route({
    method: "POST",
    path: "/table/apply",
    permission: "table:write",
    summary: "Change the table by a patch, whole or not at all",
    description:
      "The patch is a JSON merge patch (RFC 7396) over the document of sections, by id. Entries of the lists of addresses whose time is over are left out, which a warning says.",
    versioned: true,
    query: forceQuerySchema,
    body: tablePatchSchema,
    reply: appliedPatchSchema,
    refusals: ["objections", "own-address", "too-wide", "verified-bot"],
    async handle(call) {
      const { patch, warnings } = withoutEnded(call.body, call.deps.now());
      const bans = Object.hasOwn(patch, "blacklist") ? patch.blacklist : null;
      const hazard = call.query.force === undefined ? await hazardIn(call, bans) : null;
      if (hazard !== null) return err(hazard);
      const ifEpoch = await requiredEpoch(call);
      if (!ifEpoch.ok) return ifEpoch;
      const summary = `apply a patch to ${Object.keys(patch).join(", ").slice(0, 200)}`;
      const options = { actor: call.actor, summary, ifEpoch: ifEpoch.value };
      const applied = await applyInScope(call, patch, options);
      if (!applied.ok) return applied;
      const { epoch, changes } = applied.value;
      const body = { epoch, changes, ...(warnings.length === 0 ? {} : { warnings }) };
      return ok({ status: 200, epoch, body, changes });
    },
  }),
  route({
    method: "GET",
    path: "/table/history",
    permission: "table:read",
    summary: "What changed the table, newest first",
    reply: pageSchema(historyEntrySchema),
    query: pageQuerySchema,
    async handle(call) {
      const { limit, cursor } = call.query;
      const before = cursor === undefined ? ok(null) : openEpoch(cursor);
      if (!before.ok) return before;
      const read = (count: number, epoch: number | null) =>
        reach(call, "routing table", () => call.deps.table.history(count, epoch));
      const entries = await read(limit, before.value);
      if (!entries.ok) return entries;
      const items = entries.value.map((entry) => ({ ...entry, at: toTime(entry.at) }));
      const last = items.at(-1);
      if (!last) return ok({ status: 200, body: { items } });
      // A short page need not be the last: where changes are large, the table gives fewer than asked for.
      const older = await read(1, last.epoch);
      if (!older.ok) return older;
      const more = older.value.length > 0 ? { cursor: sealCursor(String(last.epoch)) } : {};
      return ok({ status: 200, body: { items, ...more } });
    },
  }),
  route({
    method: "POST",
    path: "/table/rollback/plan",
    permission: "table:plan",
    summary: "What restoring an epoch would change, and what speaks against it",
    body: rollbackPlanRequestSchema,
    reply: tablePlanSchema,
    refusals: ["objections"],
    async handle(call) {
      const plan = await planRollback(call, call.body.epoch);
      if (!plan.ok) return plan;
      return ok({ status: 200, body: { ...plan.value, warnings: await warningsOf(call, plan.value.changes) } });
    },
  }),
  route({
    method: "POST",
    path: "/table/rollback",
    permission: "table:write",
    stepUp: true,
    summary: "Restore the configuration as it was at an epoch, as a new epoch",
    description: "Verdicts, failovers, and bans of the shield are not configuration: they stay as they are.",
    versioned: true,
    query: forceQuerySchema,
    body: rollbackSchema,
    reply: rolledBackSchema,
    refusals: ["objections", "own-address", "too-wide", "verified-bot"],
    async handle(call) {
      // It is of the whole table, whatever it would change just now.
      if (!isHeldEverywhere(call.principal.grants, "table:write"))
        return err({ kind: "out-of-scope", entities: ["any of the table"] });
      const ifEpoch = await requiredEpoch(call);
      if (!ifEpoch.ok) return ifEpoch;
      const { epoch: toEpoch, reason } = call.body;
      const force = call.query.force !== undefined;
      const restored = await rollBack(call, { toEpoch, reason, ifEpoch: ifEpoch.value, force });
      if (!restored.ok) return restored;
      const { epoch, changes } = restored.value;
      const warnings = await warningsOf(call, changes);
      const body = { epoch, changes, ...(warnings.length === 0 ? {} : { warnings }) };
      return ok({ status: 200, epoch, body, changes });
    },
  }),
];

function openEpoch(cursor: string): Result<number, Refusal> {
  const text = openCursor(cursor);
  if (!text.ok) return text;
  return /^\d{1,15}$/.test(text.value) ? ok(Number(text.value)) : wrongCursor();
}

function toDocument({ epoch, table, health }: PublishedTable): TableDocument {
  return {
    epoch,
    regions: Object.fromEntries(table.regions),
    backends: Object.fromEntries(table.backends),
    services: Object.fromEntries(table.services),
    policies: Object.fromEntries(table.policies),
    limits: Object.fromEntries(table.limits),
    residency: Object.fromEntries(table.residency),
    zones: Object.fromEntries(table.zones),
    latency: Object.fromEntries(table.latency),
    health: Object.fromEntries(health),
    counts: {
      blacklist: table.blacklist.size,
      allowlist: table.allowlist.size,
      bots: table.bots.size,
      records: table.records.size,
    },
  };
}
