import { parseCidr } from "../../../src/base/ip.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { type AddressRule, DEFAULT_BLACKLIST_TTL_SECONDS } from "../../../src/table/address-rule.ts";
import { edit } from "../edit.ts";
import { invalid } from "../field-errors.ts";
import { readPage } from "../page.ts";
import { readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, API_ROOT, type Call, type Route, route } from "../route.ts";
import { type AddressRuleEntry, addressRuleEntrySchema, newAddressRuleSchema } from "../schema/address-rule.ts";
import { type PageQuery, pageQuerySchema, pageSchema } from "../schema/page.ts";

type List = "blacklist" | "allowlist";

const defaultTtlSeconds: Readonly<Record<List, number | null>> = {
  blacklist: DEFAULT_BLACKLIST_TTL_SECONDS,
  allowlist: null,
};

export function addressRuleRoutes(list: List): readonly Route[] {
  const read = `${list}:read` as const;
  const write = `${list}:write` as const;
  const all = `/${list}`;
  // The slash of a CIDR may come raw or percent-encoded. What is no CIDR is told so, even if it has ends of lines.
  const one = `/${list}/:cidr{[^]+}`;
  return [
    route({
      method: "GET",
      path: all,
      permission: read,
      summary: `The addresses on the ${list}`,
      versioned: true,
      query: pageQuerySchema,
      reply: pageSchema(addressRuleEntrySchema),
      handle: (call) => readAll(call, list),
    }),
    route({
      method: "POST",
      path: all,
      permission: write,
      summary: `Put an address or network on the ${list}, or renew its entry`,
      versioned: true,
      body: newAddressRuleSchema,
      reply: addressRuleEntrySchema,
      statuses: [200, 201],
      located: true,
      refusals: ["objections"],
      handle: (call) => put(call, list, call.body),
    }),
    route({
      method: "GET",
      path: one,
      permission: read,
      summary: `An entry of the ${list}`,
      versioned: true,
      reply: addressRuleEntrySchema,
      refusals: ["absent", "invalid"],
      handle: (call) => readOne(call, list),
    }),
    route({
      method: "DELETE",
      path: one,
      permission: write,
      summary: `Take an address or network off the ${list}`,
      versioned: true,
      reply: null,
      refusals: ["absent", "invalid", "objections"],
      handle: (call) => remove(call, list),
    }),
  ];
}

async function readAll(call: Call<PageQuery>, list: List): Promise<Result<Answer, Refusal>> {
  const page = await readPage(call, list, call.query);
  if (!page.ok) return page;
  const { epoch, entries, cursor } = page.value;
  const now = call.deps.now();
  const rules = entries.map(([cidr, entity]) => [cidr, entity as AddressRule] as const);
  const items = rules.filter(([, rule]) => isInForce(rule, now)).map(([cidr, rule]) => toEntry(cidr, rule));
  return ok({ status: 200, epoch, body: { items, ...cursor } });
}

async function readOne(call: Call, list: List): Promise<Result<Answer, Refusal>> {
  const cidr = cidrOf(call);
  if (!cidr.ok) return cidr;
  const published = await readTable(call);
  if (!published.ok) return published;
  const { table, epoch } = published.value;
  const rule = table[list].get(cidr.value);
  if (!rule || !isInForce(rule, call.deps.now())) return absent(list, cidr.value);
  return ok({ status: 200, epoch, body: toEntry(cidr.value, rule) });
}

/** Makes an entry, or makes an existing one anew with this reason and time. */
async function put(
  call: Call,
  list: List,
  wanted: { readonly cidr: string; readonly reason: string; readonly ttlSeconds?: number | undefined },
): Promise<Result<Answer, Refusal>> {
  const { cidr, reason, ttlSeconds = defaultTtlSeconds[list] } = wanted;
  const createdAt = call.deps.now();
  const rule: AddressRule = {
    reason,
    createdAt,
    expiresAt: ttlSeconds === null ? null : createdAt + ttlSeconds * 1000,
  };
  const saved = await edit(call, ({ table }) => {
    const before = table[list].get(cidr);
    const extra = before && isInForce(before, createdAt) ? 200 : 201;
    return ok({ patch: { [list]: { [cidr]: rule } }, summary: `${list} ${cidr}: ${reason}`, extra } as const);
  });
  if (!saved.ok) return saved;
  const { extra: status, epoch, changes } = saved.value;
  const answer = { status, epoch, body: toEntry(cidr, rule), changes };
  return ok(status === 200 ? answer : { ...answer, location: `${API_ROOT}/${list}/${encodeURIComponent(cidr)}` });
}

async function remove(call: Call, list: List): Promise<Result<Answer, Refusal>> {
  const cidr = cidrOf(call);
  if (!cidr.ok) return cidr;
  const now = call.deps.now();
  const removed = await edit(call, ({ table }) => {
    const rule = table[list].get(cidr.value);
    if (!rule || !isInForce(rule, now)) return absent(list, cidr.value);
    return ok({ patch: { [list]: { [cidr.value]: null } }, summary: `${list} without ${cidr.value}`, extra: null });
  });
  return removed.ok ? ok({ status: 204, changes: removed.value.changes }) : removed;
}

function cidrOf(call: Call): Result<string, Refusal> {
  const cidr = parseCidr(call.param("cidr"));
  return cidr.ok ? ok(cidr.value.text) : invalid([{ path: "{cidr}", detail: cidr.error }]);
}

function toEntry(cidr: string, { reason, createdAt, expiresAt }: AddressRule): AddressRuleEntry {
  return {
    cidr,
    reason,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    ttlSeconds: expiresAt === null ? null : (expiresAt - createdAt) / 1000,
  };
}

const isInForce = (rule: AddressRule, now: number) => rule.expiresAt === null || rule.expiresAt > now;
const absent = (list: List, cidr: string) =>
  err({ kind: "absent", what: `${cidr} is not on the ${list}` } satisfies Refusal);
