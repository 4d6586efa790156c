import type { z } from "zod";
import { type Cidr, parseCidr, parseClients } from "../../../src/base/ip.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import {
  type AddressRule,
  type BotRule,
  DEFAULT_BLACKLIST_TTL_SECONDS,
  isInForce,
} from "../../../src/table/address-rule.ts";
import { listName } from "../../../src/table/entity-name.ts";
import type { AddressSection, PublishedTable } from "../../../src/table/table.ts";
import { hazardsOf } from "../ban-hazard.ts";
import { type Around, aroundOf, goodClientsOf, type ProposedBan, warningsOfBan } from "../ban-warnings.ts";
import { bannedBots } from "../bot-warnings.ts";
import { edit } from "../edit.ts";
import { invalid } from "../field-errors.ts";
import { coveringNotes, evidenceOf, lift, nothingLifted } from "../lifting.ts";
import { aroundInWords, coveredWithin, coveringOf, holderOf } from "../networks-around.ts";
import { readPage } from "../page.ts";
import { reach, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, API_ROOT, type Call, type Route, route } from "../route.ts";
import {
  type AddressRemoval,
  type AddressRuleDetail,
  type AddressRuleEntry,
  addressRemovalSchema,
  addressRuleDetailSchema,
  addressRuleEntrySchema,
  meaningOfAllowlist,
  meaningOfBots,
  newAddressRuleSchema,
  newBlacklistRuleSchema,
  newBotRuleSchema,
} from "../schema/address-rule.ts";
import { type PageQuery, pageQuerySchema, pageSchema } from "../schema/page.ts";
import { toTime } from "../to-time.ts";

interface Kind {
  readonly defaultTtlSeconds: number | null;
  readonly body: z.ZodType<WantedRule>;
  readonly description?: string;
  readonly refusals: readonly Refusal["kind"][];
}

const kinds: Readonly<Record<AddressSection, Kind>> = {
  blacklist: {
    defaultTtlSeconds: DEFAULT_BLACKLIST_TTL_SECONDS,
    body: newBlacklistRuleSchema,
    refusals: ["objections", "own-address", "too-wide", "verified-bot"],
  },
  allowlist: {
    defaultTtlSeconds: null,
    body: newAddressRuleSchema,
    description: meaningOfAllowlist,
    refusals: ["objections"],
  },
  bots: { defaultTtlSeconds: null, body: newBotRuleSchema, description: meaningOfBots, refusals: ["objections"] },
};

export function addressRuleRoutes(list: AddressSection): readonly Route[] {
  const read = `${list}:read` as const;
  const write = `${list}:write` as const;
  const { defaultTtlSeconds: _, refusals, ...kind } = kinds[list];
  const name = listName(list);
  const all = `/${list}`;
  // The slash of a CIDR may come raw or percent-encoded. What is no CIDR is told so, even if it has ends of lines.
  const one = `/${list}/:cidr{[^]+}`;
  return [
    route({
      method: "GET",
      path: all,
      permission: read,
      summary: `The addresses on the ${name}`,
      versioned: true,
      query: pageQuerySchema,
      reply: pageSchema(addressRuleEntrySchema),
      handle: (call) => readAll(call, list),
    }),
    route({
      method: "POST",
      path: all,
      permission: write,
      summary: `Put an address or network on the ${name}, or renew its entry`,
      ...kind,
      versioned: true,
      reply: addressRuleDetailSchema,
      statuses: [200, 201],
      located: true,
      refusals,
      handle: (call) => put(call, list, call.body),
    }),
    route({
      method: "GET",
      path: one,
      permission: read,
      summary: `An entry of the ${name}`,
      versioned: true,
      reply: addressRuleDetailSchema,
      refusals: ["absent", "invalid"],
      handle: (call) => readOne(call, list),
    }),
    route({
      method: "DELETE",
      path: one,
      permission: write,
      summary: `Take an address or network off the ${name}`,
      versioned: true,
      description: "204 where there is no more to be said; else what still holds it, and what happens next.",
      reply: addressRemovalSchema,
      statuses: [204, 200],
      refusals: ["absent", "invalid", "objections"],
      handle: (call) => remove(call, list),
    }),
  ];
}

async function readAll(call: Call<PageQuery>, list: AddressSection): Promise<Result<Answer, Refusal>> {
  const page = await readPage(call, list, call.query);
  if (!page.ok) return page;
  const { epoch, entries, cursor } = page.value;
  const now = call.deps.now();
  const rules = entries.map(([cidr, entity]) => [cidr, entity as AddressRule] as const);
  const items = rules.filter(([, rule]) => isInForce(rule, now)).map(([cidr, rule]) => toEntry(cidr, rule));
  return ok({ status: 200, epoch, body: { items, ...cursor } });
}

async function readOne(call: Call, list: AddressSection): Promise<Result<Answer, Refusal>> {
  const cidr = cidrOf(call);
  if (!cidr.ok) return cidr;
  const published = await readTable(call);
  if (!published.ok) return published;
  const { table, epoch } = published.value;
  const rule: AddressRule | undefined = table[list].get(cidr.value.text);
  const now = call.deps.now();
  if (!rule || !isInForce(rule, now)) return absent(list, cidr.value.text, aroundInWords(table[list], cidr.value, now));
  const evidence = rule.ban === undefined ? {} : { evidence: await evidenceOf(call, rule.ban) };
  const [goodClients = null] = list === "blacklist" ? await goodClientsOf(call, [cidr.value]) : [];
  const detail = toDetail(call, published.value, list, cidr.value, rule);
  return ok({ status: 200, epoch, body: { ...detail, ...(list === "blacklist" ? { goodClients } : {}), ...evidence } });
}

/** Makes an entry, or makes an existing one anew with this reason and time. */
async function put(call: Call, list: AddressSection, wanted: WantedRule): Promise<Result<Answer, Refusal>> {
  const { reason, name, ttlSeconds = kinds[list].defaultTtlSeconds } = wanted;
  const parsed = parseCidr(wanted.cidr);
  if (!parsed.ok) return invalid([{ path: "/cidr", detail: parsed.error }]);
  const cidr = parsed.value;
  const createdAt = call.deps.now();
  const rule: AddressRule & Partial<BotRule> = {
    ...(name === undefined ? {} : { name }),
    reason,
    createdAt,
    expiresAt: ttlSeconds === null ? null : createdAt + ttlSeconds * 1000,
  };
  const saved = await edit(call, (published) => {
    const around = aroundOf(published.table);
    const [hazard] = list === "blacklist" && wanted.force !== true ? hazardsOf(cidr, call.address, around.bots) : [];
    if (hazard !== undefined) return err(hazard);
    const before: AddressRule | undefined = published.table[list].get(cidr.text);
    const standing = before && isInForce(before, createdAt) ? before : null;
    const detail = toDetail(call, published, list, cidr, rule);
    const body = standing === null ? detail : { ...detail, ...replacedOf(standing) };
    const banned = name === undefined ? [] : bannedBots([{ cidr, name }], published.table.blacklist, createdAt);
    const extra = {
      status: standing ? (200 as const) : (201 as const),
      body: banned.length === 0 ? body : { ...body, warnings: banned },
      around,
      standing,
    };
    // Of an entry that the shield has made, nothing stays.
    const entry = before?.ban === undefined ? rule : { ...rule, ban: null };
    return ok({
      patch: { [list]: { [cidr.text]: entry } },
      summary: `${list} ${cidr.text}: ${name === undefined ? reason : `${name}, ${reason}`}`,
      extra,
    } as const);
  });
  if (!saved.ok) return saved;
  const { extra, epoch, changes } = saved.value;
  const { status, around, standing } = extra;
  if (list === "blacklist" && standing?.ban !== undefined) await tellOfEnd(call, cidr, rule);
  const ban = { cidr, rule, before: standing };
  const body = list === "blacklist" ? await withWarnings(call, ban, around, extra.body) : extra.body;
  const answer = { status, body, epoch, changes };
  const location = `${API_ROOT}/${list}/${encodeURIComponent(cidr.text)}`;
  return ok(status === 200 ? answer : { ...answer, location });
}

/** What was there until now. */
const replacedOf = ({ reason, expiresAt, ban }: AddressRule): Pick<AddressRuleDetail, "before" | "replaced"> => ({
  before: { reason, expiresAt: expiresAt === null ? null : toTime(expiresAt) },
  ...(ban === undefined ? {} : { replaced: ban }),
});

/** The shield's ban ends with the entry that has taken its place. Where it cannot be told, it may see so by the table. */
async function tellOfEnd(call: Call, { text }: Cidr, { expiresAt }: AddressRule): Promise<void> {
  const { mitigator } = call.deps;
  if (expiresAt !== null)
    await reach(call, "mitigator", () => mitigator.shorten(text, expiresAt, call.actor.principal));
}

/** A ban with the good clients that it holds, and what speaks against it. */
async function withWarnings(
  call: Call,
  ban: ProposedBan,
  around: Around,
  detail: AddressRuleDetail,
): Promise<AddressRuleDetail> {
  const [goodClients = null] = await goodClientsOf(call, [ban.cidr]);
  const warnings = warningsOfBan(call, ban, around, goodClients);
  return { ...detail, goodClients, ...(warnings.length === 0 ? {} : { warnings }) };
}

async function remove(call: Call, list: AddressSection): Promise<Result<Answer, Refusal>> {
  const parsed = cidrOf(call);
  if (!parsed.ok) return parsed;
  const cidr = parsed.value;
  const now = call.deps.now();
  const removed = await edit(call, ({ table }) => {
    const rule: AddressRule | undefined = table[list].get(cidr.text);
    if (!rule || !isInForce(rule, now)) return absent(list, cidr.text);
    const coveredBy = coveringOf(table[list], cidr, now);
    const extra = { coveredBy, isBan: rule.ban !== undefined };
    return ok({ patch: { [list]: { [cidr.text]: null } }, summary: `${list} without ${cidr.text}`, extra });
  });
  if (!removed.ok) return removed;
  const { changes, epoch, extra } = removed.value;
  const { coveredBy } = extra;
  const lifting = list === "blacklist" ? await lift(call, cidr.text, extra.isBan) : nothingLifted;
  const notes = [...coveringNotes(listName(list), coveredBy), ...lifting.notes];
  if (notes.length === 0) return ok({ status: 204, changes });
  const body: AddressRemoval = { cidr: cidr.text, coveredBy, lifted: lifting.ban, notes };
  return ok({ status: 200, epoch, body, changes });
}

interface WantedRule {
  readonly cidr: string;
  readonly reason: string;
  /** Of a bot. */
  readonly name?: string;
  readonly ttlSeconds?: number | undefined;
  readonly force?: boolean;
}

function cidrOf(call: Call): Result<Cidr, Refusal> {
  const cidr = parseClients(call.param("cidr"));
  return cidr.ok ? cidr : invalid([{ path: "{cidr}", detail: cidr.error }]);
}

/** The entry among the others, of which there is nothing where there are none. */
function toDetail(
  call: Call,
  { table }: PublishedTable,
  list: AddressSection,
  cidr: Cidr,
  rule: AddressRule,
): AddressRuleDetail {
  const now = call.deps.now();
  const coveredBy = coveringOf(table[list], cidr, now);
  const covers = coveredWithin(table[list], cidr, now);
  const allowlistedBy = list === "blacklist" ? holderOf(table.allowlist, cidr, now) : null;
  return {
    ...toEntry(cidr.text, rule),
    ...(coveredBy.length === 0 ? {} : { coveredBy }),
    ...(covers.count === 0 ? {} : { covers }),
    ...(allowlistedBy === null ? {} : { allowlistedBy }),
  };
}

function toEntry(
  cidr: string,
  { name, reason, createdAt, expiresAt, ban }: AddressRule & Partial<BotRule>,
): AddressRuleEntry {
  return {
    cidr,
    ...(name === undefined ? {} : { name }),
    reason,
    createdAt: toTime(createdAt),
    expiresAt: expiresAt === null ? null : toTime(expiresAt),
    ttlSeconds: expiresAt === null ? null : (expiresAt - createdAt) / 1000,
    ...(ban === undefined ? {} : { ban }),
  };
}

const absent = (list: AddressSection, cidr: string, around = "") =>
  err({ kind: "absent", what: `${cidr} is not on the ${listName(list)}${around}` } satisfies Refusal);
