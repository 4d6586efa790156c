import { err, ok, type Result } from "../../../src/base/result.ts";
import { DELAYS } from "../../../src/dns/dnssec/delays.ts";
import type { KeyRole } from "../../../src/dns/dnssec/dnskey.ts";
import type { KeptKey, KeptZone } from "../../../src/dns/dnssec/key-store.ts";
import {
  confirmDs,
  firstKeys,
  type NewKeyTimes,
  planRollover,
  type RolloverPlan,
  withdraw,
} from "../../../src/dns/dnssec/rollover.ts";
import { stateOf } from "../../../src/dns/dnssec/zone-key.ts";
import type { Name } from "../../../src/dns/name.ts";
import type { DnssecDeps } from "../deps.ts";
import { toAudited, toDnssec, toPlan } from "../dnssec-reply.ts";
import { reach, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { dnssecSchema, dsGoneSchema, dsSeenSchema, rolloverPlanSchema, rolloverSchema } from "../schema/dnssec.ts";
import { toTime } from "../to-time.ts";

const PATH = "/dns/zones/:zone/dnssec";
const refusals = ["absent", "not-configured"] as const;
const write = { permission: "dns:write", stepUp: true, reply: dnssecSchema } as const;

/** The keys that sign a zone, and the planned changes of them. */
export const dnssecRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: PATH,
    permission: "dns:read",
    summary: "The keys of a zone, and the DS for its parent",
    reply: dnssecSchema,
    refusals,
    async handle(call) {
      const found = await find(call);
      return found.ok ? show(call, found.value.dnssec, found.value.kept) : found;
    },
  }),
  route({
    ...write,
    method: "PUT",
    path: PATH,
    summary: "Sign a zone; one that is signed stays as it is",
    refusals: [...refusals, "keys-refused"],
    async handle(call) {
      const found = await find(call);
      if (!found.ok) return found;
      const { dnssec, kept } = found.value;
      const now = call.deps.now();
      const living = kept.keys.filter((key) => stateOf(key, now) !== "removed");
      if (living.some((key) => key.removedAt === null)) return show(call, dnssec, kept);
      if (living.length > 0) return refused("its last keys are still in caches: sign it when they are gone");
      const made = await makeKeys(kept.zone, firstKeys(now, DELAYS), dnssec);
      return replace(call, dnssec, kept, made);
    },
  }),
  route({
    ...write,
    method: "DELETE",
    path: PATH,
    summary: "Stop signing a zone, once its parent has no DS any more",
    description: "The zone stays signed until no cache holds the DS.",
    body: dsGoneSchema,
    refusals,
    async handle(call) {
      const found = await find(call);
      if (!found.ok) return found;
      const { dnssec, kept } = found.value;
      return replace(call, dnssec, kept, withdraw(kept.keys, call.deps.now(), DELAYS));
    },
  }),
  route({
    method: "POST",
    path: `${PATH}/rollover/plan`,
    permission: "dns:plan",
    summary: "The phases of a rollover of keys, and the earliest time of each",
    body: rolloverSchema,
    reply: rolloverPlanSchema,
    refusals: [...refusals, "keys-refused"],
    async handle(call) {
      const found = await find(call);
      if (!found.ok) return found;
      const plan = planOf(call, found.value.kept, call.body.role);
      return plan.ok ? ok({ status: 200, body: toPlan(plan.value) }) : plan;
    },
  }),
  route({
    ...write,
    method: "POST",
    path: `${PATH}/rollover`,
    summary: "Begin a rollover of keys",
    body: rolloverSchema,
    refusals: [...refusals, "keys-refused"],
    async handle(call) {
      const found = await find(call);
      if (!found.ok) return found;
      const { dnssec, kept } = found.value;
      const plan = planOf(call, kept, call.body.role);
      if (!plan.ok) return plan;
      const made = await makeKeys(kept.zone, [plan.value.added], dnssec, plan.value.kept);
      return replace(call, dnssec, kept, [...plan.value.kept, ...made]);
    },
  }),
  route({
    ...write,
    method: "POST",
    path: `${PATH}/ds`,
    summary: "Say that the parent has the DS of a key; older ones of its kind go once caches have forgotten theirs",
    body: dsSeenSchema,
    refusals: [...refusals, "keys-refused"],
    async handle(call) {
      const found = await find(call);
      if (!found.ok) return found;
      const { dnssec, kept } = found.value;
      const confirmed = confirmDs(kept.keys, call.body.tag, call.deps.now(), DELAYS);
      if (confirmed.ok) return replace(call, dnssec, kept, confirmed.value);
      if (confirmed.error.kind === "no-such-key") return refused(`no KSK that signs has the tag ${call.body.tag}`);
      return refused(`caches may lack the key until ${toTime(confirmed.error.at)}`);
    },
  }),
];

interface Found {
  readonly dnssec: DnssecDeps;
  readonly kept: KeptZone;
}

async function find(call: Call): Promise<Result<Found, Refusal>> {
  const { dnssec } = call.deps;
  const id = call.param("zone");
  const published = await readTable(call);
  if (!published.ok) return published;
  if (!published.value.table.zones.has(id)) return err({ kind: "absent", what: `zones/${id}` });
  if (dnssec === null) return err({ kind: "not-configured", what: "this deployment has no DNSSEC_KEY" });
  // The names of zones in the table are canonical.
  const kept = await reach(call, "record of keys", () => dnssec.store.find(id as Name));
  return kept.ok ? ok({ dnssec, kept: kept.value }) : kept;
}

function planOf(call: Call, { keys }: KeptZone, role: KeyRole): Result<RolloverPlan<KeptKey>, Refusal> {
  const plan = planRollover(keys, role, call.deps.now(), DELAYS);
  if (plan.ok) return plan;
  switch (plan.error.kind) {
    case "unsigned":
      return refused("the zone is not signed");
    case "ds-not-seen":
      return refused("nobody has said that the parent has the DS of its key");
    case "under-way":
      return plan.error.until === null
        ? refused("a rollover waits for the parent to have the new DS")
        : refused(`a rollover is under way until ${toTime(plan.error.until)}`);
  }
}

/** Until no two keys of the zone share a tag: one new key in some ten thousand is made anew. */
async function makeKeys(
  zone: Name,
  wanted: readonly NewKeyTimes[],
  { keys }: DnssecDeps,
  others: readonly KeptKey[] = [],
): Promise<readonly KeptKey[]> {
  const made: KeptKey[] = [];
  for (const times of wanted) {
    let key = await keys.make(zone, times.role);
    while ([...others, ...made].some(({ tag }) => tag === key.tag)) key = await keys.make(zone, times.role);
    made.push({ ...times, ...key, dsSeenAt: null, retiredAt: null, removedAt: null });
  }
  return made;
}

async function replace(
  call: Call,
  dnssec: DnssecDeps,
  before: KeptZone,
  keys: readonly KeptKey[],
): Promise<Result<Answer, Refusal>> {
  const replaced = await reach(call, "record of keys", () => dnssec.store.replace(before, keys));
  if (!replaced.ok) return replaced;
  if (!replaced.value) return refused("somebody else has changed them at the same time");
  const shown = await show(call, dnssec, { ...before, keys });
  const change = { section: "dnssec", id: before.zone, before: toAudited(before.keys), after: toAudited(keys) };
  return shown.ok ? ok({ ...shown.value, changes: [change] }) : shown;
}

const show = async (call: Call, { crypto }: DnssecDeps, kept: KeptZone): Promise<Result<Answer, Refusal>> =>
  ok({ status: 200, body: await toDnssec(kept, call.deps.now(), crypto) });

const refused = (detail: string) => err({ kind: "keys-refused", detail } satisfies Refusal);
