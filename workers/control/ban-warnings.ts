import { MAX_NETWORKS_ASKED } from "../../durable-objects/mitigator/api.ts";
import { type Cidr, parseCidr } from "../../src/base/ip.ts";
import { clientPrefix } from "../../src/shield/ban/network.ts";
import { Spared } from "../../src/shield/ban/spared.ts";
import { sparedInWords } from "../../src/shield/ban/words.ts";
import { type AddressRule, isInForce } from "../../src/table/address-rule.ts";
import { apply } from "../../src/table/apply.ts";
import { type Change, pointer } from "../../src/table/change.ts";
import { emptyTable, type Table } from "../../src/table/table.ts";
import { within } from "../within.ts";
import { type Hazard, hazardsOf } from "./ban-hazard.ts";
import { holderOf } from "./networks-around.ts";
import { reach, readTable } from "./reach.ts";
import type { Call } from "./route.ts";
import type { GoodClients } from "./schema/address-rule.ts";
import type { TableWarning } from "./schema/table-warning.ts";
import { toTime } from "./to-time.ts";

/** A ban waits no longer for what the mitigator knows. */
const TIMEOUT_MS = 2000;

/**
 * What speaks against bans of a change: of those that hold most, as the mitigator is asked about no more at once, and more
 * would hardly be read. That good clients cannot be counted is a warning, and no refusal.
 */
export async function banWarnings(call: Call, changes: readonly Change[]): Promise<TableWarning[]> {
  const bans = changes.flatMap(({ section, id, before, after }): ProposedBan[] => {
    const cidr = section === "blacklist" && after !== null ? parseCidr(id) : null;
    const rule = after as AddressRule;
    return cidr?.ok ? [{ cidr: cidr.value, rule, before: before as AddressRule | null }] : [];
  });
  const [wide, narrow] = [bans.filter(({ cidr }) => isOfMany(cidr)), bans.filter(({ cidr }) => !isOfMany(cidr))];
  const judged = [...wide, ...narrow].slice(0, MAX_NETWORKS_ASKED);
  if (judged.length === 0) return [];
  const published = await readTable(call);
  // By what the same change makes of them.
  const around = aroundOf(published.ok ? apply(published.value.table, changes) : emptyTable);
  const good = await goodClientsOf(
    call,
    judged.map(({ cidr }) => cidr),
  );
  const warnings = judged.flatMap((ban, i) => warningsOfBan(call, ban, around, good[i] ?? null));
  if (judged.length === bans.length) return warnings;
  const detail = `of ${bans.length} bans, only ${judged.length} were looked at`;
  const code = wide.length > judged.length ? "good-clients-unknown" : "unchecked";
  return [...warnings, { code, path: pointer(["blacklist"]), detail, counts: null }];
}

/** Whether a network holds more than one client. The shield, too, always may ban one. */
const isOfMany = ({ ip, prefix }: Cidr): boolean => prefix < clientPrefix(ip);

/** How many good clients each network holds; `null` where the mitigator does not answer in time, which is logged. */
export async function goodClientsOf(call: Call, cidrs: readonly Cidr[]): Promise<readonly (GoodClients | null)[]> {
  const asked = reach(call, "mitigator", () => call.deps.mitigator.goodClientsIn(cidrs.map(({ text }) => text)));
  const counted = await within(asked, TIMEOUT_MS, null);
  if (counted === null) {
    const { requestId } = call.actor;
    const message = `the mitigator has not counted good clients within ${TIMEOUT_MS} ms`;
    call.deps.log({ level: "warn", message, requestId, cause: null });
  }
  return cidrs.map((_cidr, i) => {
    if (!counted?.ok) return null;
    const { known, held } = counted.value;
    const own = held[i];
    return own === undefined ? null : { known: Math.round(known), held: Math.ceil(own) };
  });
}

/** A ban by hand, and the entry in whose place it comes. */
export interface ProposedBan {
  readonly cidr: Cidr;
  readonly rule: AddressRule;
  readonly before: AddressRule | null;
}

/** Whom bans are not for. */
export interface Around {
  readonly allowlist: Table["allowlist"];
  readonly bots: Spared;
}

export const aroundOf = ({ allowlist, bots }: Table): Around => ({ allowlist, bots: Spared.bots(bots) });

/** What speaks against one of them. */
export function warningsOfBan(
  { address, deps }: Call,
  { cidr, rule, before }: ProposedBan,
  { allowlist, bots }: Around,
  good: GoodClients | null,
): TableWarning[] {
  const { text } = cidr;
  const hazards = hazardsOf(cidr, address, bots);
  const findings = hazards.map((hazard): Finding => [hazard.kind, hazardInWords(hazard, text)]);
  const allowed = holderOf(allowlist, cidr, deps.now());
  if (allowed !== null) findings.push(["allowlisted", `the allowlist lets ${text} in all the same, by ${allowed}`]);
  if (before !== null && isInForce(before, deps.now()) && endsSooner(rule, before))
    findings.push([before.ban === undefined ? "shortens-entry" : "shortens-ban", shortening(text, rule, before)]);
  const touched = touching(
    cidr,
    good,
    hazards.some(({ kind }) => kind === "too-wide"),
  );
  if (touched !== null) findings.push(touched);
  const path = pointer(["blacklist", text]);
  return findings.map(([code, detail]) => ({ code, path, detail, counts: null }));
}

function hazardInWords(hazard: Hazard, cidr: string): string {
  switch (hazard.kind) {
    case "own-address":
      return `${cidr} holds your own address`;
    case "too-wide":
      return `${cidr} is very wide`;
    case "verified-bot":
      return `${sparedInWords(hazard.bot)}, which ${cidr} would ban`;
  }
}

type Finding = readonly [code: TableWarning["code"], detail: string];

/** What is known of the good clients in a network, or that nothing is. That it is very wide says the latter, too. */
function touching(cidr: Cidr, good: GoodClients | null, isTooWide: boolean): Finding | null {
  const { text } = cidr;
  if (good === null) {
    const detail = `how many good clients ${text} holds is not known: the mitigator does not answer`;
    return [isOfMany(cidr) ? "good-clients-unknown" : "unchecked", detail];
  }
  const { held, known } = good;
  if (held > 0) return ["touches-good-clients", `${text} holds ${held} of the ${known} good clients of the last week`];
  if (known > 0 || isTooWide || !isWide(cidr)) return null;
  return ["good-clients-unknown", `${text} is wide, and no good clients are known yet: whom it would ban is not known`];
}

/** More than most networks of one customer hold. While no good clients are known, nothing says that it holds none. */
const isWide = ({ ip, prefix }: Cidr): boolean => prefix < (ip.family === 4 ? 16 : 32);

const endsSooner = ({ expiresAt }: AddressRule, before: AddressRule): boolean =>
  expiresAt !== null && (before.expiresAt === null || expiresAt < before.expiresAt);

const shortening = (cidr: string, { expiresAt }: AddressRule, before: AddressRule): string =>
  `${cidr} is banned ${untilOf(before)} by ${before.ban === undefined ? "people" : "the shield"} (${before.reason}); this would end it sooner, ${untilOf({ expiresAt })}`;

const untilOf = ({ expiresAt }: Pick<AddressRule, "expiresAt">): string =>
  expiresAt === null ? "without end" : `until ${toTime(expiresAt)}`;
