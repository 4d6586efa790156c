import { MAX_NETWORKS_ASKED } from "../../durable-objects/mitigator/api.ts";
import { type Cidr, parseCidr } from "../../src/base/ip.ts";
import { type Change, pointer } from "../../src/table/change.ts";
import type { Table } from "../../src/table/table.ts";
import { within } from "../within.ts";
import { hazardOf } from "./ban-hazard.ts";
import { holderOf } from "./networks-around.ts";
import { reach, readTable } from "./reach.ts";
import type { Call } from "./route.ts";
import type { GoodClients } from "./schema/address-rule.ts";
import type { TableWarning } from "./schema/table-warning.ts";

/** A ban waits no longer for what the mitigator knows. */
const TIMEOUT_MS = 2000;

/**
 * What speaks against bans of a change: of those that hold most, as the mitigator is asked about no more at once, and more
 * would hardly be read. That good clients cannot be counted is a warning, and no refusal.
 */
export async function banWarnings(call: Call, changes: readonly Change[]): Promise<TableWarning[]> {
  const bans = changes.flatMap(({ section, id, after }) => {
    const cidr = section === "blacklist" && after !== null ? parseCidr(id) : null;
    return cidr?.ok ? [cidr.value] : [];
  });
  const [wide, narrow] = [bans.filter(isOfMany), bans.filter((cidr) => !isOfMany(cidr))];
  const judged = [...wide, ...narrow].slice(0, MAX_NETWORKS_ASKED);
  if (judged.length === 0) return [];
  const published = await readTable(call);
  const allowlist: Table["allowlist"] = published.ok ? published.value.table.allowlist : new Map();
  const good = await goodClientsOf(call, judged);
  const warnings = judged.flatMap((cidr, i) => warningsOfBan(call, cidr, allowlist, good[i] ?? null));
  if (judged.length === bans.length) return warnings;
  const detail = `of ${bans.length} bans, only ${judged.length} were looked at`;
  const code = wide.length > judged.length ? "good-clients-unknown" : "unchecked";
  return [...warnings, { code, path: pointer(["blacklist"]), detail, counts: null }];
}

/** Whether a network holds more than one client. The shield, too, always may ban one. */
const isOfMany = ({ ip, prefix }: Cidr): boolean => prefix < (ip.family === 4 ? 32 : 64);

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

/** What speaks against one of them. */
export function warningsOfBan(
  { address, deps }: Call,
  cidr: Cidr,
  allowlist: Table["allowlist"],
  good: GoodClients | null,
): TableWarning[] {
  const { text } = cidr;
  const path = pointer(["blacklist", text]);
  const warn = (code: TableWarning["code"], detail: string): TableWarning => ({ code, path, detail, counts: null });
  const hazard = hazardOf(cidr, address);
  const allowed = holderOf(allowlist, cidr, deps.now());
  return [
    ...(hazard === null
      ? []
      : [warn(hazard.kind, hazard.kind === "own-address" ? `${text} holds your own address` : `${text} is very wide`)]),
    ...(allowed === null ? [] : [warn("allowlisted", `the allowlist lets ${text} in all the same, by ${allowed}`)]),
    ...(good === null
      ? [
          warn(
            isOfMany(cidr) ? "good-clients-unknown" : "unchecked",
            `how many good clients ${text} holds is not known: the mitigator does not answer`,
          ),
        ]
      : good.held === 0
        ? []
        : [
            warn(
              "touches-good-clients",
              `${text} holds ${good.held} of the ${good.known} good clients of the last week`,
            ),
          ]),
  ];
}
